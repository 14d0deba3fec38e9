"""Hugging Face's ``preprocessor_config.json``: the processors that only resize, crop and normalise.

The rules are those of transformers 5.24, whose processors come in two backends: Pillow and NumPy,
or torchvision. They differ in rounding: a contract stands for one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.errors import ParameterError
from percept_adv.pipeline.channel_order import ChannelOrder
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.orientation import Orientation
from percept_adv.pipeline.pad import Pad
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.reading.processor_sizes import Backend, Sizing, pair
from percept_adv.pipeline.reading.processors import (
    FLOATS_RESIZED,
    MODEL_TYPES,
    PROCESSORS,
    SWITCHES,
    defaults_of,
)
from percept_adv.pipeline.reading.values import read_numbers
from percept_adv.pipeline.rescale import Rescale

if TYPE_CHECKING:
    from percept_adv.pipeline.step import Step

__all__ = ["Backend", "is_huggingface", "read_huggingface"]

_TYPES = "image_processor_type", "feature_extractor_type"
_SUFFIXES = "Fast", "Pil", "ImageProcessor", "FeatureExtractor"


def is_huggingface(table: Mapping[str, Any]) -> bool:
    """Return whether a table is that of an image processor, or holds one."""
    return any(name in table for name in (*_TYPES, "image_processor", "image_mean", "do_resize"))


def read_huggingface(
    table: Mapping[str, Any],
    named: str,
    backend: Backend | None = None,
    model_type: Any = None,
) -> Pipeline:
    """Return the pipeline of a ``preprocessor_config.json``.

    Parameters
    ----------
    table
        What the file holds; a ``processor_config.json`` has the same under ``image_processor``.
    named
        The file, for messages.
    backend
        Which of the two; by default torchvision for processors whose name ends in Fast, else
        Pillow.
    model_type
        That of ``config.json``: it names the processor where the file does not.

    Raises
    ------
    ParameterError
        If the processor is not known, or a value cannot be used.
    """
    nested = table.get("image_processor", table)
    if not isinstance(nested, Mapping):
        raise ParameterError(f"{named}: image_processor is {nested!r}: give a table")
    given = next((str(nested[name]) for name in _TYPES if nested.get(name)), "")
    name = given
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    if not given:
        name = MODEL_TYPES.get(str(model_type), "")
    if name not in PROCESSORS:
        wanted = f"the image processor {given!r}" if given else "an image processor of no name"
        raise ParameterError(
            f"{named} is for {wanted}: known are those of {', '.join(PROCESSORS)}; write its steps "
            "into a TOML file (--contract)"
        )
    if name in FLOATS_RESIZED and backend == "pillow":
        raise ParameterError(f"{named}: {given} resizes by torch only: leave --backend out")
    is_fast = given.endswith("Fast") or name in FLOATS_RESIZED
    chosen: Backend = backend or ("torch" if is_fast else "pillow")
    try:
        return Pipeline(tuple(_Reader(name, _filled(name, nested), chosen).steps()))
    except ParameterError as error:
        raise ParameterError(f"{named}: {error}") from error


def _filled(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return all fields: null is false for a switch, and the default for everything else.

    But for ``crop_pct`` of PoolFormer, where null is a resize without it.
    """
    fields = defaults_of(name)
    for field, value in table.items():
        if field in SWITCHES:
            if value not in (None, True, False):
                raise ParameterError(f"{field} is {value!r}: give true or false")
            fields[field] = bool(value)
        elif value is not None or (name, field) == ("PoolFormer", "crop_pct"):
            fields[field] = value
    return fields


@dataclass(frozen=True, slots=True)
class _Reader:
    """One processor with its fields."""

    name: str
    fields: Mapping[str, Any]
    backend: Backend

    def steps(self) -> list[Step]:
        """Return the steps in the order in which processors do them."""
        sizing = Sizing(self.name, self.fields, self.backend)
        sizes = sizing.resizing() if self.fields["do_resize"] else []
        if self.fields["do_center_crop"]:
            sizes.append(sizing.crop())
        rescale, rest = self._rescale(), self._values()
        ordered = [*rescale, *sizes] if self.name in FLOATS_RESIZED else [*sizes, *rescale]
        steps: list[Step] = [Orientation("applied"), ColourMode("RGB"), *ordered, *rest]
        if self.fields["do_pad"]:
            steps.append(Pad(*pair("pad_size", self.fields["pad_size"]), position="top_left"))
        return steps

    def _rescale(self) -> list[Step]:
        if not self.fields["do_rescale"]:
            return []
        factor = read_numbers("rescale_factor", [self.fields["rescale_factor"]])[0]
        return [Rescale(factor, -1.0 if self.fields["rescale_offset"] else 0.0)]

    def _values(self) -> list[Step]:
        steps: list[Step] = []
        std = read_numbers("image_std", self.fields["image_std"])
        if self.fields["do_normalize"]:
            steps.append(Normalise(read_numbers("image_mean", self.fields["image_mean"]), std))
        if self.fields["include_top"]:
            steps.append(Normalise((0.0,), std))
        if self.fields["do_flip_channel_order"]:
            steps.append(ChannelOrder("BGR"))
        return steps
