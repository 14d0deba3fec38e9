"""Which size a resize aims at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from percept_adv.errors import ParameterError
from percept_adv.pipeline.choices import check_choice, check_length

Rounding = Literal["floor", "round"]


@dataclass(frozen=True, slots=True)
class Exact:
    """A given height and width, whatever the proportions."""

    height: int
    width: int

    def __post_init__(self) -> None:
        check_length("height", self.height)
        check_length("width", self.width)

    def of(self, height: int, width: int) -> tuple[int, int]:  # noqa: ARG002
        """Return the given size."""
        return self.height, self.width

    def words(self) -> str:
        """Name the size."""
        return f"to {self.height} x {self.width} pixels, whatever the proportions"


@dataclass(frozen=True, slots=True)
class Edge:
    """The proportions are kept, and one edge gets a given length.

    Attributes
    ----------
    length
        In pixels.
    which
        ``"shortest"`` or ``"longest"``.
    rounding
        Of the other edge.
    """

    length: int
    which: Literal["shortest", "longest"]
    rounding: Rounding = "floor"

    def __post_init__(self) -> None:
        check_length(f"{self.which}_edge", self.length)
        check_choice("rounding", self.rounding, ("floor", "round"))

    def of(self, height: int, width: int) -> tuple[int, int]:
        """Return the size that an image of a size gets."""
        chosen = min(height, width) if self.which == "shortest" else max(height, width)
        other = max(height, width) if self.which == "shortest" else min(height, width)
        scaled = max(_whole(self.length * other / chosen, self.rounding), 1)
        return (self.length, scaled) if height == chosen else (scaled, self.length)

    def words(self) -> str:
        """Name the edge."""
        edge = "shorter" if self.which == "shortest" else "longer"
        return f"so that the {edge} edge has {self.length} pixels"


@dataclass(frozen=True, slots=True)
class Edges:
    """The shorter edge gets a length, or the longer one its own where that makes it smaller.

    As detectors do, by the arithmetic of transformers' ``get_size_with_aspect_ratio``.
    """

    shortest: int
    longest: int

    def __post_init__(self) -> None:
        check_length("shortest_edge", self.shortest)
        check_length("longest_edge", self.longest)

    def of(self, height: int, width: int) -> tuple[int, int]:
        """Return the size that an image of a size gets."""
        least, most = min(height, width), max(height, width)
        exact: float = self.shortest
        if most / least * self.shortest > self.longest:
            exact = self.longest * least / most
        edge = max(round(exact), 1)
        if edge == least:
            return height, width
        if width < height:
            return max(int(exact * height / width), 1), edge
        return edge, max(int(exact * width / height), 1)

    def words(self) -> str:
        """Name both edges."""
        return (
            f"so that the shorter edge has {self.shortest} pixels, or the longer one "
            f"{self.longest} where that is smaller"
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """The proportions are kept, and the image just fits into a given size, or just covers it.

    Attributes
    ----------
    height, width
        In pixels.
    which
        ``"inside"`` (a letterbox) or ``"cover"``.
    rounding
        Of both edges: ``"round"`` of the edge over a ratio, as letterboxes do; ``"floor"`` of the
        edge times a scale, as transformers does, which may fall below a whole number by rounding.
    """

    height: int
    width: int
    which: Literal["inside", "cover"]
    rounding: Rounding = "round"

    def __post_init__(self) -> None:
        check_length("height", self.height)
        check_length("width", self.width)
        check_choice("rounding", self.rounding, ("floor", "round"))

    def of(self, height: int, width: int) -> tuple[int, int]:
        """Return the size that an image of a size gets."""
        if self.rounding == "floor":
            scales = self.height / height, self.width / width
            scale = min(scales) if self.which == "inside" else max(scales)
            return max(int(height * scale), 1), max(int(width * scale), 1)
        ratios = height / self.height, width / self.width
        ratio = max(ratios) if self.which == "inside" else min(ratios)
        return max(round(height / ratio), 1), max(round(width / ratio), 1)

    def words(self) -> str:
        """Name the size."""
        verb = "fit into" if self.which == "inside" else "cover"
        return f"to {verb} {self.height} x {self.width} pixels, proportions kept"


SizeRule = Exact | Edge | Edges | Fit


def size_rule(
    size: tuple[int, int] | None,
    shortest_edge: int | None,
    longest_edge: int | None,
    inside: tuple[int, int] | None,
    cover: tuple[int, int] | None,
    rounding: Rounding | None,
) -> SizeRule:
    """Return the rule of the one field that is given, or of both edges.

    Raises
    ------
    ParameterError
        If none is, or several others, or a value cannot be used.
    """
    given = {
        "size": size, "shortest_edge": shortest_edge, "longest_edge": longest_edge,
        "inside": inside, "cover": cover,
    }  # fmt: skip
    named = [name for name, value in given.items() if value is not None]
    if shortest_edge is not None and longest_edge is not None and len(named) == 2:
        if rounding not in {None, "floor"}:
            raise ParameterError(f"rounding is {rounding!r}: with both edges it is floor")
        return Edges(shortest_edge, longest_edge)
    if len(named) != 1:
        told = ", ".join(named) or "none"
        raise ParameterError(f"a resize needs one of {', '.join(given)}: {told} given")
    if size is not None:
        return Exact(*_pair("size", size))
    if inside is not None:
        return Fit(*_pair("inside", inside), "inside", rounding or "round")
    if cover is not None:
        return Fit(*_pair("cover", cover), "cover", rounding or "round")
    if shortest_edge is not None:
        return Edge(shortest_edge, "shortest", rounding or "floor")
    assert longest_edge is not None  # noqa: S101
    return Edge(longest_edge, "longest", rounding or "floor")


def _pair(name: str, value: tuple[int, int]) -> tuple[int, int]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise ParameterError(f"{name} is {value!r}: give height and width, such as [224, 224]")
    return value


def _whole(value: float, rounding: Rounding) -> int:
    return round(value) if rounding == "round" else int(value)
