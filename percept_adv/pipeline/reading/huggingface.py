"""Hugging Face's ``preprocessor_config.json``: the processors that only resize, crop and normalise.

The rules are those of transformers 5.24, whose processors come in two backends: Pillow and NumPy,
or torchvision. They differ in rounding: a contract stands for one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from percept_adv.errors import ParameterError
from percept_adv.pipeline.channel_order import ChannelOrder
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.crop import CentreCrop
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.orientation import Orientation
from percept_adv.pipeline.pad import Pad
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.reading.processors import PROCESSORS, defaults_of
from percept_adv.pipeline.reading.values import read_numbers, read_whole
from percept_adv.pipeline.rescale import Rescale
from percept_adv.pipeline.resize import Resize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.pipeline.step import Step

Backend = Literal["pillow", "torch"]

_FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""By Pillow's numbers."""


def read_huggingface(
    table: Mapping[str, Any], named: str, backend: Backend | None = None
) -> Pipeline:
    """Return the pipeline of a ``preprocessor_config.json``.

    Parameters
    ----------
    table
        What the file holds.
    named
        The file, for messages.
    backend
        Which of the two; by default torchvision for processors whose name ends in Fast, else
        Pillow.

    Raises
    ------
    ParameterError
        If the processor is not known, or a value cannot be used.
    """
    given = str(table.get("image_processor_type", table.get("feature_extractor_type", "")))
    name = given.removesuffix("Fast").removesuffix("Pil").removesuffix("ImageProcessor")
    name = name.removesuffix("FeatureExtractor")
    if name not in PROCESSORS:
        raise ParameterError(
            f"{named} is for the image processor {given or 'of no name'!r}: known are those of "
            f"{', '.join(PROCESSORS)}; write its steps into a TOML file (--contract)"
        )
    chosen: Backend = backend or ("torch" if given.endswith("Fast") else "pillow")
    fields = {**defaults_of(name), **{k: v for k, v in table.items() if v is not None}}
    try:
        return Pipeline(tuple(_Reader(name, fields, chosen).steps()))
    except ParameterError as error:
        raise ParameterError(f"{named}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Reader:
    """One processor with its fields."""

    name: str
    fields: Mapping[str, Any]
    backend: Backend

    def steps(self) -> list[Step]:
        """Return the steps in the order in which processors do them."""
        steps: list[Step] = [Orientation("applied"), ColourMode("RGB")]
        if self.fields["do_resize"]:
            steps += self._resizing()
        if self.fields["do_center_crop"]:
            size = _pair("crop_size", self.fields["crop_size"])
            steps.append(self._crop(*size))
        steps += self._values()
        if self.fields["do_pad"]:
            steps.append(Pad(*_pair("pad_size", self.fields["pad_size"]), position="top_left"))
        return steps

    def _resizing(self) -> list[Step]:
        size = self.fields["size"]
        if self.name == "ConvNext":
            return self._convnext(_edge(size))
        if isinstance(size, int):
            square = bool(self.fields["default_to_square"])
            size = {"height": size, "width": size} if square else {"shortest_edge": size}
        if not isinstance(size, dict):
            raise ParameterError(f"size is {size!r}: give a number, or height and width")
        size = {name: value for name, value in size.items() if value is not None}
        if set(size) == {"height", "width"}:
            return [self._resize(size=_pair("size", size))]
        if set(size) == {"max_height", "max_width"}:
            inside = tuple(read_whole(name, size[name]) for name in ("max_height", "max_width"))
            return [self._resize(inside=inside, rounding="floor")]
        if set(size) == {"shortest_edge", "longest_edge"} and self.name != "Levit":
            edges = {name: read_whole(name, value) for name, value in size.items()}
            return [self._resize(**edges)]
        if set(size) != {"shortest_edge"}:
            raise ParameterError(
                f"size has {', '.join(size)}: known are height with width, shortest_edge, "
                "shortest_edge with longest_edge, and max_height with max_width"
            )
        return [self._resize(shortest_edge=self._shortest(_edge(size)))]

    def _shortest(self, edge: int) -> int:
        """Return the edge that an image is resized to, which some processors enlarge."""
        return int(256 / 224 * edge) if self.name == "Levit" else edge

    def _convnext(self, edge: int) -> list[Step]:
        """Return ConvNeXT's: a crop of a share below 384 pixels, and a squash from there on."""
        if edge >= 384:
            return [self._resize(size=(edge, edge))]
        larger = int(edge / float(self.fields["crop_pct"]))
        return [self._resize(shortest_edge=larger), self._crop(edge, edge)]

    def _resize(self, **size: Any) -> Resize:
        number = self.fields["resample"]
        if not isinstance(number, int) or not 0 <= number < len(_FILTERS):
            raise ParameterError(f"resample is {number!r}: give one of Pillow's numbers, 0 to 5")
        name = _FILTERS[number]
        if self.backend == "torch":
            name = "nearest_exact" if name == "nearest" else name
        return Resize(**size, filter=name, library=self.backend)

    def _crop(self, height: int, width: int) -> CentreCrop:
        return CentreCrop(height, width, "floor" if self.backend == "pillow" else "truncate")

    def _values(self) -> list[Step]:
        factor = read_numbers("rescale_factor", [self.fields["rescale_factor"]])[0]
        offset = -1.0 if self.fields["rescale_offset"] else 0.0
        steps: list[Step] = [Rescale(factor, offset)] if self.fields["do_rescale"] else []
        std = read_numbers("image_std", self.fields["image_std"])
        if self.fields["do_normalize"]:
            steps.append(Normalise(read_numbers("image_mean", self.fields["image_mean"]), std))
        if self.fields["include_top"]:
            steps.append(Normalise((0.0,), std))
        if self.fields["do_flip_channel_order"]:
            steps.append(ChannelOrder("BGR"))
        return steps


def _pair(name: str, size: Any) -> tuple[int, int]:
    if isinstance(size, dict) and set(size) == {"height", "width"}:
        return read_whole("height", size["height"]), read_whole("width", size["width"])
    if isinstance(size, dict):
        raise ParameterError(f"{name} has {', '.join(size) or 'nothing'}: give height and width")
    return read_whole(name, size), read_whole(name, size)


def _edge(size: Any) -> int:
    return read_whole("shortest_edge", size["shortest_edge"] if isinstance(size, dict) else size)
