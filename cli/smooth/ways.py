"""How a difference is smoothed and stored: as it is here; `LeastScale` is the other way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.images import encode_png, to_uint8, to_uint16
from percept_adv.smoothing import GuidedSmoother, smooth_difference
from percept_adv.storing import Surroundings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.images import Image
    from percept_adv.smoothing import SmoothedDifference
    from percept_adv.storing import Store

    Pixels = NDArray[np.float64]
    Mask = NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Smoothed:
    """What came of a pair.

    Attributes
    ----------
    difference
        Before and after smoothing.
    original
        As it is stored without a change.
    stored
        Samples of the result.
    file
        Its content.
    found
        Alpha and scale, and what the model makes of the result.
    """

    difference: SmoothedDifference
    original: NDArray[np.floating]
    stored: NDArray[Any]
    file: bytes
    found: dict[str, Any]

    @property
    def distance(self) -> float:
        """L2 from the original as it is stored without a change."""
        values = self.stored / np.iinfo(self.stored.dtype).max
        return float(np.linalg.norm(values - self.original))

    @property
    def is_unchanged(self) -> bool:
        """Whether the result is stored as the original would be."""
        rounded = to_uint8 if self.stored.dtype == np.uint8 else to_uint16
        return np.array_equal(self.stored, rounded(self.original))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way(ABC):
    """How the difference of a pair becomes a result of so many bits.

    ``options`` are those of `GuidedSmoother` but alpha and the mask.
    """

    options: dict[str, Any]
    bits: int = 8

    @property
    def models(self) -> dict[str, str]:
        """The SHA-256 of the model that is to be fooled, if there is one."""
        return {}

    @property
    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """What decides about a result."""

    @abstractmethod
    def check(self) -> None:
        """Raise ``ParameterError`` for what no pair could be smoothed with."""

    @abstractmethod
    def smooth(self, original: Image, perturbed: Image, store: Store, mask: Mask) -> Smoothed:
        """Smooth the difference of two images.

        Raises
        ------
        ShapeError, ConvergenceError
            If the images do not fit, or the solver does not converge.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class AsItIs(Way):
    """The smoothed difference at scale 1, in 8 or 16 bits."""

    alpha: float

    @property
    def parameters(self) -> dict[str, Any]:
        """Alpha, the options of the smoother and the bits."""
        return {"alpha": self.alpha, **self.options, "bits": self.bits}

    def check(self) -> None:
        """Build a smoother."""
        GuidedSmoother(np.zeros((2, 2)), alpha=self.alpha, **self.options)

    def smooth(self, original: Image, perturbed: Image, store: Store, mask: Mask) -> Smoothed:
        """Smooth, and store what is nearest."""
        first = original.pixels
        difference = smooth_difference(
            first, perturbed.pixels, mask=mask, alpha=self.alpha, **self.options
        )
        found = {"alpha": self.alpha, "scale": 1.0}
        if self.bits == 16:
            sixteen = to_uint16(np.clip(first + difference.after, 0, 1))
            return Smoothed(difference, first, sixteen, encode_png(sixteen), found)
        around = Surroundings(first, store, mask)
        stored = around.nearest(difference.after)
        return Smoothed(difference, around.original, stored.pixels, stored.file, found)
