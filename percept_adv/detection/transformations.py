"""How much the confidence moves when the image is changed in ways that should not matter.

Feature squeezing (Xu, Evans, Qi: NDSS 2018) and JPEG as a test (Das et al. 2017).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow

from percept_adv.detection.score import Score
from percept_adv.images import from_uint8, to_uint8
from percept_adv.magnification import bilateral_filter
from percept_adv.smoothing import GuidedSmoother

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.detection.score import Subject

_QUALITY = 75
_ALPHA = 0.95
_BILATERAL = {"domain_sigma": 0.5, "range_sigma": 0.2}


def _pillow(image: NDArray[Any]) -> Pillow.Image:
    return Pillow.fromarray(to_uint8(image[:, :, 0] if image.shape[2] == 1 else image))


def _array(picture: Pillow.Image, like: NDArray[Any]) -> NDArray[np.float32]:
    return from_uint8(np.asarray(picture), np.float32).reshape(like.shape)


def _jpeg(image: NDArray[Any]) -> NDArray[Any]:
    kept = io.BytesIO()
    _pillow(image).save(kept, "JPEG", quality=_QUALITY)
    with Pillow.open(kept) as decoded:
        return _array(decoded, image)


def _resized(image: NDArray[Any]) -> NDArray[Any]:
    picture = _pillow(image)
    half = (max(1, picture.width // 2), max(1, picture.height // 2))
    small = picture.resize(half, Pillow.Resampling.BICUBIC)
    return _array(small.resize(picture.size, Pillow.Resampling.BICUBIC), image)


def _rounded(image: NDArray[Any]) -> NDArray[Any]:
    return from_uint8(to_uint8(image), np.float32)


def _bilateral(image: NDArray[Any]) -> NDArray[Any]:
    return _rounded(bilateral_filter(image, **_BILATERAL))


def _guided(image: NDArray[Any]) -> NDArray[Any]:
    return _rounded(np.asarray(GuidedSmoother(image, alpha=_ALPHA, tol=1e-3).smooth(image)))


def _change(name: str, title: str, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Score:
    def compute(subject: Subject) -> float:
        return subject.confidence_change(change(subject.image))

    return Score(
        name,
        title,
        "By how much the confidence in the answer changes: what an attack found is often more "
        "fragile than the image; so are hard photographs.",
        "high",
        compute,
    )


JPEG_CHANGE = _change("jpeg_change", "Change after JPEG 75", _jpeg)
RESIZING_CHANGE = _change("resizing_change", "Change after halving and doubling", _resized)
BILATERAL_CHANGE = _change("bilateral_change", "Change after the bilateral filter", _bilateral)
SMOOTHING_CHANGE = _change("smoothing_change", "Change after guided smoothing", _guided)
