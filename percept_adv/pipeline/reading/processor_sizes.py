"""Resize and crop of Hugging Face's image processors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from percept_adv.errors import ParameterError
from percept_adv.pipeline.crop import CentreCrop
from percept_adv.pipeline.reading.values import read_numbers, read_whole
from percept_adv.pipeline.resize import Resize

if TYPE_CHECKING:
    from percept_adv.pipeline.step import Step

Backend = Literal["pillow", "torch"]

_FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""By Pillow's numbers."""
_SQUASHED = 384
"""The edge from which ConvNeXT's processor does not crop."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """The sizes of one processor.

    Attributes
    ----------
    name
        Of the processor.
    fields
        All of its file, and its defaults.
    backend
        Whose arithmetic.
    """

    name: str
    fields: Mapping[str, Any]
    backend: Backend

    def resizing(self) -> list[Step]:
        """Return the resize, with the crop of processors whose resize crops."""
        size = self._size()
        if self.name == "ConvNext":
            return self._convnext(_edge(size))
        if self.name == "PoolFormer" and self.fields["crop_pct"] is not None:
            return [self._poolformer(size)]
        if set(size) == {"height", "width"}:
            return [self._resize(size=pair("size", size))]
        if set(size) == {"max_height", "max_width"}:
            inside = tuple(read_whole(name, size[name]) for name in ("max_height", "max_width"))
            return [self._resize(inside=inside, rounding="floor")]
        if set(size) == {"shortest_edge", "longest_edge"} and self.name != "Levit":
            edges = {name: read_whole(name, value) for name, value in size.items()}
            return [self._resize(**edges)]
        edge = _edge(size)
        # LeViT's enlarges the edge.
        return [self._resize(shortest_edge=int(256 / 224 * edge) if self.name == "Levit" else edge)]

    def crop(self) -> CentreCrop:
        """Return the crop of ``crop_size``."""
        return self._crop(*pair("crop_size", self.fields["crop_size"]))

    def _size(self) -> dict[str, Any]:
        """Return ``size`` as a table without empty entries."""
        size = self.fields["size"]
        if isinstance(size, list) and len(size) == 2:
            size = dict(zip(("height", "width"), size, strict=True))
        if not isinstance(size, Mapping):
            length = read_whole("size", size)
            if self.fields["default_to_square"]:
                return {"height": length, "width": length}
            return {"shortest_edge": length}
        return {name: value for name, value in size.items() if value is not None}

    def _convnext(self, edge: int) -> list[Step]:
        """Return ConvNeXT's: a crop of a share below 384 pixels, and a squash from there on."""
        if edge >= _SQUASHED:
            return [self._resize(size=(edge, edge))]
        larger = self._enlarged(edge)
        return [self._resize(shortest_edge=larger), self._crop(edge, edge)]

    def _poolformer(self, size: Mapping[str, Any]) -> Resize:
        """Return PoolFormer's, enlarged by the share that its crop leaves."""
        if set(size) != {"height", "width"}:
            return self._resize(shortest_edge=self._enlarged(_edge(size)))
        height, width = pair("size", size)
        if height == width:
            return self._resize(shortest_edge=self._enlarged(height))
        return self._resize(size=(self._enlarged(height), self._enlarged(width)))

    def _enlarged(self, length: int) -> int:
        share = read_numbers("crop_pct", [self.fields["crop_pct"]])[0]
        if not share > 0:
            raise ParameterError(f"crop_pct is {share}: give a positive number")
        return int(length / share)

    def _resize(self, **size: Any) -> Resize:
        number = self.fields["resample"]
        if isinstance(number, bool) or number not in range(len(_FILTERS)):
            raise ParameterError(f"resample is {number!r}: give one of Pillow's numbers, 0 to 5")
        name = _FILTERS[number]
        if self.backend == "torch":
            name = "nearest_exact" if name == "nearest" else name
        return Resize(**size, filter=name, library=self.backend)

    def _crop(self, height: int, width: int) -> CentreCrop:
        return CentreCrop(height, width, "floor" if self.backend == "pillow" else "truncate")


def pair(name: str, size: Any) -> tuple[int, int]:
    """Return height and width of a table with both, of a list, or of one number for a square."""
    if isinstance(size, Mapping) and set(size) == {"height", "width"}:
        return read_whole("height", size["height"]), read_whole("width", size["width"])
    if isinstance(size, Mapping):
        raise ParameterError(f"{name} has {', '.join(size) or 'nothing'}: give height and width")
    if isinstance(size, list) and len(size) == 2:
        return read_whole(name, size[0]), read_whole(name, size[1])
    return read_whole(name, size), read_whole(name, size)


def _edge(size: Mapping[str, Any]) -> int:
    if set(size) != {"shortest_edge"}:
        raise ParameterError(
            f"size has {', '.join(size) or 'nothing'}: known are height with width, shortest_edge, "
            "shortest_edge with longest_edge, and max_height with max_width, as far as the "
            "processor takes them"
        )
    return read_whole("shortest_edge", size["shortest_edge"])
