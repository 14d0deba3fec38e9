"""Keras' three modes of ``preprocess_input``, behind ``load_img``'s resize."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.errors import ParameterError
from percept_adv.pipeline.channel_order import ChannelOrder
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.orientation import Orientation
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.rescale import Rescale
from percept_adv.pipeline.resize import Resize

if TYPE_CHECKING:
    from percept_adv.pipeline.step import Step

_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MODES: dict[str, tuple[Step, ...]] = {
    "tf": (Rescale(1 / 127.5, -1.0),),
    "torch": (Rescale(), Normalise(*_IMAGENET)),
    # BGR on 0 to 255, only the means taken away.
    "caffe": (ChannelOrder("BGR"), Normalise((103.939, 116.779, 123.68), (1.0,))),
}


def read_keras(mode: str, size: tuple[int | None, int | None]) -> Pipeline:
    """Return the pipeline of a mode for a model that takes a size.

    ``load_img(path, target_size=...)`` interpolates to the nearest sample, by Pillow, whatever the
    proportions; a model of no fixed size gets images as they are.

    Raises
    ------
    ParameterError
        If there is no such mode.
    """
    if mode not in MODES:
        raise ParameterError(f"Keras has no mode {mode!r}: use one of {', '.join(MODES)}")
    height, width = size
    sizing: list[Step] = []
    if height is not None and width is not None:
        sizing = [Resize(size=(height, width), filter="nearest")]
    return Pipeline((Orientation("ignored"), ColourMode("RGB"), *sizing, *MODES[mode]))
