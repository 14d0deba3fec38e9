"""The two ways to smooth a difference: as it is, or scaled until a model is only just fooled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ShapeError
from percept_adv.images import encode_png, to_uint8, to_uint16
from percept_adv.smoothing import GuidedSmoother, smooth_difference
from percept_adv.storing import Surroundings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier
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


_FOUND = (
    "scale", "success", "already_misclassified", "label", "label_before", "label_after",
    "confidence_before", "confidence_after", "forward_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastScale(Way):
    """The least scale at which a model is fooled; it also chooses alpha where that is None."""

    classifier: Classifier
    alpha: float | None
    label: int | None
    max_scale: float

    @property
    def models(self) -> dict[str, str]:
        """The model."""
        return {"model": self.classifier.sha256}

    @property
    def parameters(self) -> dict[str, Any]:
        """Alpha, the options of the smoother, the search and how images enter the model."""
        return {
            "alpha": "chosen by the model" if self.alpha is None else self.alpha,
            **self.options,
            "bits": self.bits,
            "label": self.label,
            "max_scale": self.max_scale,
            **self.classifier.contract_record,
            "at": self.classifier.place,
        }

    @property
    def _alphas(self) -> dict[str, tuple[float, ...]]:
        return {} if self.alpha is None else {"alphas": (self.alpha,)}

    def check(self) -> None:
        """Build a smoother, and look whether the label is a class."""
        alpha: dict[str, Any] = {} if self.alpha is None else {"alpha": self.alpha}
        GuidedSmoother(np.zeros((2, 2)), **self.options, **alpha)
        if self.label is not None:
            self.classifier.checked_labels(np.array([self.label]), 1)

    def smooth(self, original: Image, perturbed: Image, store: Store, mask: Mask) -> Smoothed:
        """Smooth with each alpha, and take the result with the least L2."""
        from percept_adv.attacks import least_smoothed

        self._check_size(original)
        pixels = original.pixels
        shape = pixels.shape if pixels.ndim == 3 else (*pixels.shape, 1)
        best = least_smoothed(
            self.classifier.taking(shape),
            pixels,
            perturbed.pixels,
            label=self.label,
            largest=self.max_scale,
            **self._alphas,
            store=store,
            mask=mask,
            **self.options,
        )
        rescaled = best.rescaled
        found = {"alpha": best.alpha, **{name: getattr(rescaled, name) for name in _FOUND}}
        return Smoothed(best.difference, rescaled.original, rescaled.stored, rescaled.file, found)

    def _check_size(self, image: Image) -> None:
        if self.classifier.place == "file":
            return
        name, pipeline = self.classifier.name, self.classifier.pipeline
        size = image.samples.shape[:2]
        if any(w not in (None, own) for own, w in zip(size, pipeline.size, strict=True)):
            raise ShapeError(
                f"they have {' x '.join(map(str, size))} pixels and {name} takes "
                f"{' x '.join(map(str, pipeline.size))}: resize both images to that first"
            )
        channels = image.samples.shape[2] if image.samples.ndim == 3 else 1
        if channels != pipeline.channels:
            raise ShapeError(
                f"they have {channels} channels and {name} takes {pipeline.channels}: convert "
                "both images first"
            )
