"""From a decoder's picture to samples: gray or RGB, alpha apart, orientation applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import ImageOps

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

JPEG_WARNING = "JPEG compression has changed the image: what is magnified may be its artefacts"
CMYK_WARNING = "CMYK was converted to RGB without a colour profile"
FRAMES_WARNING = "only the first of {count} frames was read"
_ORIENTATION_TAG = 0x0112


@dataclass
class Decoded:
    """Samples, a mask of what is not fully transparent, and what the user should know."""

    samples: NDArray[Any]
    opaque: NDArray[np.bool_] | None = None
    warnings: list[str] = field(default_factory=list)


def decode_pillow(picture: Picture) -> Decoded:
    """Take samples of up to 8 bits, or 16-bit gray, from a loaded Pillow picture."""
    notes = []
    if picture.format in {"JPEG", "MPO"}:
        notes.append(JPEG_WARNING)
    elif getattr(picture, "n_frames", 1) > 1:
        notes.append(FRAMES_WARNING.format(count=getattr(picture, "n_frames", 1)))
    upright = ImageOps.exif_transpose(picture)
    if upright.mode == "CMYK":
        notes.append(CMYK_WARNING)
    decoded = split_alpha(np.asarray(_gray_or_rgb(upright)))
    decoded.warnings = notes
    return decoded


def _gray_or_rgb(picture: Picture) -> Picture:
    """Expand palettes and conversions that lose nothing; keep alpha as a channel."""
    if "transparency" in picture.info or picture.mode in {"PA", "RGBa"}:
        return picture.convert("LA" if picture.mode in {"1", "L"} else "RGBA")
    if picture.mode in {"1", "L"}:
        return picture.convert("L")
    if picture.mode in {"LA", "RGB", "RGBA"} or picture.mode.startswith("I;16"):
        return picture
    if picture.mode == "I":
        return _sixteen_bits(picture)
    return picture.convert("RGB")


def _sixteen_bits(picture: Picture) -> Picture:
    """Narrow a 32-bit picture, which is how some 16-bit gray formats are handed over."""
    low, high = (int(bound) for bound in picture.getextrema())  # type: ignore[arg-type]
    if low < 0 or high > 65535:
        raise ValueError(f"integer samples from {low} to {high} do not fit 16 bits")
    return picture.convert("I;16")


def decode_png16(content: bytes, picture: Picture) -> Decoded:
    """Decode a 16-bit PNG, which Pillow has checked but would cut to 8 bits."""
    samples = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None:
        raise ValueError("the 16-bit PNG cannot be decoded")
    samples = reorder_bgr(samples)
    if samples.ndim == 3 and not picture.mode.startswith("RGB"):
        # Gray with alpha arrives as three equal channels and alpha.
        samples = samples[:, :, [0, 3]] if samples.shape[2] == 4 else samples[:, :, 0]
    orientation = picture.getexif().get(_ORIENTATION_TAG, 1)
    return split_alpha(orient(samples, orientation))


def reorder_bgr(samples: NDArray[Any]) -> NDArray[Any]:
    """Turn OpenCV's BGR or BGRA into RGB or RGBA."""
    if samples.ndim == 2:
        return samples
    order = [2, 1, 0, 3][: samples.shape[2]]
    return samples[:, :, order]


def split_alpha(samples: NDArray[Any]) -> Decoded:
    """Separate a last channel of alpha, without blending it."""
    if samples.ndim == 2 or samples.shape[2] == 3:
        return Decoded(samples)
    colours = samples[:, :, :-1]
    return Decoded(colours[:, :, 0] if colours.shape[2] == 1 else colours, samples[:, :, -1] > 0)


def orient(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Apply an EXIF orientation (1 to 8) to rows and columns."""
    if orientation in {5, 6, 7, 8}:
        samples = samples.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        samples = samples[::-1]
    if orientation in {2, 3, 6, 7}:
        samples = samples[:, ::-1]
    return samples
