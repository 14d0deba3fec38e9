"""What a deployed pipeline does to a file before the model sees it, step by step."""

from __future__ import annotations

from percept_adv.pipeline.affine import Affine
from percept_adv.pipeline.channel_order import ChannelOrder
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.crop import CentreCrop, CentreProportions
from percept_adv.pipeline.data_type import DataType
from percept_adv.pipeline.layout import Layout
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.orientation import Orientation
from percept_adv.pipeline.pad import Pad
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.required import RequiredSize
from percept_adv.pipeline.rescale import Rescale
from percept_adv.pipeline.resize import Resize
from percept_adv.pipeline.step import Step

__all__ = [
    "Affine",
    "CentreCrop",
    "CentreProportions",
    "ChannelOrder",
    "ColourMode",
    "DataType",
    "Layout",
    "Normalise",
    "Orientation",
    "Pad",
    "Pipeline",
    "RequiredSize",
    "Rescale",
    "Resize",
    "Step",
]
