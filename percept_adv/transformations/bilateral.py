"""``bilateral``: the bilateral filter of Table 3 (Zhang et al., 2020, section 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from percept_adv.magnification import bilateral_filter
from percept_adv.transformations.numbers import check_range, read_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_QUANTILE = 2.3263
"""Of the normal distribution, 99 %: where `bilateral_filter` ends its window."""


@dataclass(frozen=True, slots=True)
class BilaterallyFiltered:
    """The filter of `percept_adv.magnification.bilateral_filter`.

    Attributes
    ----------
    domain_sigma
        In pixels, above 0 and up to 10.
    range_sigma
        In values of [0, 1], above 0 and up to 10.
    """

    kind: ClassVar[str] = "bilateral"
    usage: ClassVar[str] = (
        "bilateral[:DOMAIN_SIGMA:RANGE_SIGMA], a bilateral filter; 0.5 and 0.2 without numbers"
    )

    domain_sigma: float = 0.5
    range_sigma: float = 0.2

    def __post_init__(self) -> None:
        check_range(self.domain_sigma, self.usage, above=0, most=10)
        check_range(self.range_sigma, self.usage, above=0, most=10)

    @classmethod
    def read(cls, values: Sequence[str]) -> BilaterallyFiltered:
        """Read both sigmas, or none."""
        return cls(*read_numbers(values, cls.usage, least=2, most=2)) if values else cls()

    @property
    def name(self) -> str:
        """As on the command line."""
        if self == BilaterallyFiltered():
            return self.kind
        return f"bilateral:{self.domain_sigma:g}:{self.range_sigma:g}"

    def apply(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the filtered image."""
        filtered = bilateral_filter(
            image, domain_sigma=self.domain_sigma, range_sigma=self.range_sigma
        )
        return np.asarray(filtered, np.float32)

    def pull_back(
        self, image: NDArray[np.floating], gradient: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return the adjoint of the weighted mean, with the weights that the image gives."""
        total = np.zeros(image.shape[:2], np.float32)
        for _, here, weights in self._weights(image):
            total[here] += weights
        shares = np.asarray(gradient, np.float32) / total[:, :, np.newaxis]
        pulled = np.zeros_like(shares)
        # Weights are symmetric: what p takes from q, q takes from p.
        for there, here, weights in self._weights(image):
            pulled[here] += weights[:, :, np.newaxis] * shares[there]
        return pulled

    def _weights(
        self, image: NDArray[np.floating]
    ) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice], NDArray[np.float32]]]:
        """Yield for each offset of the window the neighbours, the pixels, and their weights."""
        guide = np.asarray(image, np.float32)
        reach = ceil(_QUANTILE * self.domain_sigma)
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                if abs(dy) >= guide.shape[0] or abs(dx) >= guide.shape[1]:
                    continue
                there = _shifted(dy), _shifted(dx)
                here = _shifted(-dy), _shifted(-dx)
                apart = ((guide[there] - guide[here]) ** 2).sum(axis=2) / self.range_sigma**2
                near = (dy**2 + dx**2) / self.domain_sigma**2
                yield there, here, np.exp(-(apart + near) / 2).astype(np.float32)


def _shifted(by: int) -> slice:
    """Return the part of an axis that lies ``by`` behind the part of ``-by``."""
    return slice(by, None) if by >= 0 else slice(None, by)
