"""The pixel graph of an image: its edges, their weights and its operators (eq. 5-7)."""

from .neighbourhood import Neighbourhood, neighbourhood
from .operator import PixelGraph
from .weights import FEATURE_KERNELS, pixel_graph

__all__ = ["FEATURE_KERNELS", "Neighbourhood", "PixelGraph", "neighbourhood", "pixel_graph"]
