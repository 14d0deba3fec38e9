"""``resize:FACTOR``: made smaller or larger, and brought back to its size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PIL import Image as Pillow

from percept_adv.transformations.numbers import check_range, read_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Resized:
    """Bicubic interpolation to another size and back, by Pillow, antialiased.

    Attributes
    ----------
    factor
        Of height and width, above 0 and up to 4.
    """

    kind: ClassVar[str] = "resize"
    usage: ClassVar[str] = "resize:FACTOR, resized by a factor and back"

    factor: float = 0.5

    def __post_init__(self) -> None:
        check_range(self.factor, self.usage, above=0, most=4)

    @classmethod
    def read(cls, values: Sequence[str]) -> Resized:
        """Read the factor."""
        return cls(*read_numbers(values, cls.usage, least=1, most=1))

    @property
    def name(self) -> str:
        """As on the command line."""
        return f"resize:{self.factor:g}"

    def apply(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the image after both; what the cubic overshoots is cut off."""
        resized = self._mix(np.asarray(image, np.float32), transposed=False)
        return np.clip(resized, 0, 1)

    def pull_back(
        self,
        image: NDArray[np.floating],  # noqa: ARG002
        gradient: NDArray[np.floating],
    ) -> NDArray[np.float32]:
        """Return the adjoint of both."""
        return self._mix(np.asarray(gradient, np.float32), transposed=True)

    def _mix(self, values: NDArray[np.float32], *, transposed: bool) -> NDArray[np.float32]:
        rows, columns = (_there_and_back(size, self.factor) for size in values.shape[:2])
        if transposed:
            rows, columns = rows.T, columns.T
        mixed: NDArray[np.float32] = np.einsum(
            "ij,jkc,lk->ilc", rows, values, columns, optimize=True
        )
        return mixed


@lru_cache(maxsize=16)
def _there_and_back(size: int, factor: float) -> NDArray[np.float32]:
    """Return the (size, size) matrix of one axis, found by resizing an identity."""
    other = max(1, round(size * factor))
    identity = Pillow.fromarray(np.eye(size, dtype=np.float32))
    there = identity.resize((size, other), Pillow.Resampling.BICUBIC)
    back = there.resize((size, size), Pillow.Resampling.BICUBIC)
    return np.asarray(back)
