"""Resize: any size rule, any filter, by the code of the library that the pipeline uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from percept_adv.pipeline.affine import Affine
from percept_adv.pipeline.resampling import check_resampling, library_of, resize_matrix
from percept_adv.pipeline.sizes import size_rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline.sizes import Rounding, SizeRule
    from percept_adv.pipeline.step import Shape


@dataclass(frozen=True, slots=True)
class Resize:
    """Interpolate an image to another size.

    Attributes
    ----------
    size
        Height and width, whatever the proportions.
    shortest_edge, longest_edge
        Length of one edge; the proportions are kept. With both, the shorter edge gets its length,
        or the longer one its own where that makes the image smaller.
    inside, cover
        Height and width into which the image just fits, or that it just covers; the proportions
        are kept.
    rounding
        Of an edge that follows from the proportions: ``"floor"`` (by default of one edge) or
        ``"round"`` (by default of ``inside`` and ``cover``).
    filter
        ``"nearest"``, ``"bilinear"``, ``"bicubic"``, ``"lanczos"``, ``"area"``, and what else
        the library has.
    library
        ``"pillow"``, ``"opencv"`` or ``"torch"``: whose arithmetic decides.
    antialias
        Whether the filter's support grows where it reduces; by default as the library does.
    """

    kind: ClassVar[str] = "resize"
    is_geometric: ClassVar[bool] = True

    size: tuple[int, int] | None = None
    shortest_edge: int | None = None
    longest_edge: int | None = None
    inside: tuple[int, int] | None = None
    cover: tuple[int, int] | None = None
    rounding: Rounding | None = None
    filter: str = "bilinear"
    library: str = "pillow"
    antialias: bool | None = None

    def __post_init__(self) -> None:
        self._rule()
        check_resampling(self.library, self.filter, antialias=self.antialias)

    def size_of(self, height: int, width: int) -> tuple[int, int]:
        """Return the size that an image of a size gets.

        Parameters
        ----------
        height, width
            Of the image, in pixels.

        Returns
        -------
        tuple of int
            Height and width after the resize.
        """
        return self._rule().of(height, width)

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """Return the resized image, rounded as the library rounds it."""
        size = self.size_of(*image.shape[:2])
        if size == image.shape[:2]:
            return image
        return library_of(self.library).resize(
            image, *size, self.filter, antialias=self._antialiases()
        )

    def affine(self, shape: Shape) -> Affine:
        """Return the matrices of both axes."""
        height, width, channels = shape
        size = self.size_of(height, width)
        wider = [wanted > own for wanted, own in zip(size, shape[:2], strict=True)]
        rows, columns = (
            resize_matrix(
                shape[axis],
                size[axis],
                self.library,
                self.filter,
                antialias=self._antialiases(),
                widens=wider[1 - axis],
            )
            for axis in (0, 1)
        )
        return Affine.of_axes(rows, columns, channels)

    def words(self) -> str:
        """Name size, filter and library."""
        possible = library_of(self.library).antialiases(self.filter)
        tail = ""
        if len(possible) > 1:
            tail = ", antialiased" if self._antialiases() else ", not antialiased"
        return f"resize {self._rule().words()} ({self.filter}, {self.library}{tail})"

    def _rule(self) -> SizeRule:
        return size_rule(
            self.size,
            self.shortest_edge,
            self.longest_edge,
            self.inside,
            self.cover,
            self.rounding,
        )

    def _antialiases(self) -> bool:
        return check_resampling(self.library, self.filter, antialias=self.antialias)
