"""``blur:SIGMA``: Gaussian blur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import scipy

from percept_adv.transformations.numbers import check_range, read_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Blurred:
    """Gaussian blur, mirrored at the border.

    Attributes
    ----------
    sigma
        In pixels, above 0 and up to 20.
    """

    kind: ClassVar[str] = "blur"
    usage: ClassVar[str] = "blur:SIGMA, a Gaussian blur in pixels"

    sigma: float = 1.0

    def __post_init__(self) -> None:
        check_range(self.sigma, self.usage, above=0, most=20)

    @classmethod
    def read(cls, values: Sequence[str]) -> Blurred:
        """Read sigma."""
        return cls(*read_numbers(values, cls.usage, least=1, most=1))

    @property
    def name(self) -> str:
        """As on the command line."""
        return f"blur:{self.sigma:g}"

    def apply(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the blurred image."""
        return self._filter(image)

    def pull_back(
        self,
        image: NDArray[np.floating],  # noqa: ARG002
        gradient: NDArray[np.floating],
    ) -> NDArray[np.float32]:
        """Blur the gradient: mirrored at the border, the filter is its own adjoint."""
        return self._filter(gradient)

    def _filter(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        filtered: NDArray[np.float32] = scipy.ndimage.gaussian_filter(
            np.asarray(values, np.float32), (self.sigma, self.sigma, 0), mode="reflect"
        )
        return filtered
