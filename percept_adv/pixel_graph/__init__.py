"""The pixel graph of an image: its edges, their weights and its operators (eq. 5-7)."""

from percept_adv.pixel_graph.neighbourhood import Neighbourhood, neighbourhood
from percept_adv.pixel_graph.operator import PixelGraph, edge_ends
from percept_adv.pixel_graph.weights import FEATURE_KERNELS, pixel_graph

__all__ = [
    "FEATURE_KERNELS",
    "Neighbourhood",
    "PixelGraph",
    "edge_ends",
    "neighbourhood",
    "pixel_graph",
]
