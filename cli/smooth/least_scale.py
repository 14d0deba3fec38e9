"""A smoothed difference that is scaled until a model is only just fooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from percept_adv_cli.smooth.ways import Smoothed, Way

from percept_adv.attacks import least_smoothed
from percept_adv.errors import ShapeError
from percept_adv.smoothing import GuidedSmoother

if TYPE_CHECKING:
    from percept_adv_cli.smooth.ways import Mask

    from percept_adv.classifier import Classifier
    from percept_adv.images import Image
    from percept_adv.storing import Store

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
