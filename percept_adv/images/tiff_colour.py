"""Photometric interpretations of TIFF: what the samples of a page mean as gray or RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from percept_adv.errors import ImageError
from percept_adv.images.decoded import CMYK_NOTE, Decoded

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAB_NOTE = "CIELAB was converted to sRGB, with its white as that of sRGB"
YCBCR_NOTE = "YCbCr was converted to RGB"
_CHANNELS = {"RGB": 3, "SEPARATED": 4, "CIELAB": 3, "ICCLAB": 3, "YCBCR": 3}
_LUMA = (299, 1000, 587, 1000, 114, 1000)  # The default of the TIFF specification: BT.601.
_WHITE_AND_BLACK = (0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1)
_JPEG = {6, 7, 33007, 34892}


def gray_or_rgb(decoded: Decoded, page: Any, photometric: str) -> Decoded:
    """Turn the colour channels of a page into gray or RGB, with a note where values change.

    Raises
    ------
    ImageError
        If the interpretation is not supported, or does not fit the number of channels.
    """
    samples = decoded.samples
    if samples.ndim == 3 and samples.shape[2] == 1:
        samples = samples[:, :, 0]
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    if channels != _CHANNELS.get(photometric, 1) and not (
        photometric == "CIELAB" and channels == 1
    ):
        raise ImageError(f"it has {channels} channels of colour and claims to be {photometric}")
    if photometric == "PALETTE":
        samples = _through_palette(samples, page.colormap)
    elif photometric == "MINISWHITE":
        samples = _white(samples) - samples
    elif photometric == "SEPARATED":
        samples = _cmyk_to_rgb(samples)
        decoded.notes.append(CMYK_NOTE)
    elif photometric in {"CIELAB", "ICCLAB"}:
        samples = _lab_to_rgb(samples, signed=photometric == "CIELAB")
        decoded.notes.append(LAB_NOTE)
    elif photometric == "YCBCR" and int(page.compression) not in _JPEG:
        # tifffile has JPEG's own YCbCr converted already.
        samples = _ycbcr_to_rgb(samples, page)
        decoded.notes.append(YCBCR_NOTE)
    elif photometric not in {"MINISBLACK", "RGB", "YCBCR", "MASK"}:
        raise ImageError(f"its photometric interpretation {photometric} is not supported")
    decoded.samples = samples
    return decoded


def _white(samples: NDArray[Any]) -> Any:
    return samples.dtype.type(1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max)


def _through_palette(samples: NDArray[Any], colormap: NDArray[Any] | None) -> NDArray[Any]:
    """Look colours up; palettes hold 16-bit entries, and those of 8 bits are multiples of 257."""
    if colormap is None:
        raise ImageError("its palette is missing")
    if samples.max(initial=0) >= colormap.shape[1]:
        raise ImageError("a sample lies beyond its palette")
    if not np.any(colormap % 257):
        colormap = (colormap // 257).astype(np.uint8)
    colours: NDArray[Any] = np.moveaxis(colormap[:, samples], 0, -1)
    return colours


def _cmyk_to_rgb(samples: NDArray[Any]) -> NDArray[Any]:
    """Multiply what the inks leave of white: R = (1 - C)(1 - K), and so on."""
    if samples.dtype.kind == "f":
        ink = 1 - samples
        colours: NDArray[Any] = ink[:, :, :3] * ink[:, :, 3:]
        return colours
    white = int(np.iinfo(samples.dtype).max)
    left = white - samples.astype(np.int64)
    rgb: NDArray[Any] = (left[:, :, :3] * left[:, :, 3:] + white // 2) // white
    return rgb.astype(samples.dtype)


def _lab_to_rgb(samples: NDArray[Any], *, signed: bool) -> NDArray[Any]:
    """Convert CIE 1976 L*a*b* to sRGB (IEC 61966-2-1), to the depth of the samples.

    ``signed`` chroma is in two's complement (CIELAB); otherwise it has an offset (ICCLAB).
    L* alone is gray.
    """
    if samples.dtype.kind != "u":
        raise ImageError("its CIELAB samples are floats: expected 8 or 16 bits")
    white = int(np.iinfo(samples.dtype).max)
    if samples.ndim == 2:
        samples = np.dstack(
            [samples, *[np.full_like(samples, 0 if signed else (white + 1) // 2)] * 2]
        )
    lightness = samples[:, :, 0].astype(np.float32) * (100 / white)
    chroma = samples[:, :, 1:]
    unit = (white + 1) // 256
    if signed:
        numbers = chroma.view(f"i{chroma.dtype.itemsize}").astype(np.float32)
    else:
        numbers = chroma.astype(np.float32) - (white + 1) // 2
    lab = np.dstack([lightness, numbers / unit])
    rgb = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1) * white
    rounded: NDArray[Any] = np.rint(rgb).astype(samples.dtype)
    return rounded


def _ycbcr_to_rgb(samples: NDArray[Any], page: Any) -> NDArray[Any]:
    """Convert by the page's own coefficients and reference levels (TIFF 6.0, section 21)."""
    if samples.dtype != np.uint8:
        raise ImageError(f"its YCbCr samples are of type {samples.dtype}: expected 8 bits")
    red, green, blue = _fractions(page, "YCbCrCoefficients", _LUMA)
    levels = _fractions(page, "ReferenceBlackWhite", _WHITE_AND_BLACK)
    black, white = np.array(levels[::2]), np.array(levels[1::2])
    codes = (samples - black) / (white - black) * np.array([255, 127, 127])
    luma, cb, cr = np.moveaxis(codes, -1, 0)
    r = luma + cr * (2 - 2 * red)
    b = luma + cb * (2 - 2 * blue)
    g = (luma - blue * b - red * r) / green
    rgb: NDArray[Any] = np.rint(np.clip(np.dstack([r, g, b]), 0, 255)).astype(np.uint8)
    return rgb


def _fractions(page: Any, name: str, default: tuple[int, ...]) -> list[float]:
    tag = page.tags.get(name)
    numbers = default if tag is None else tag.value
    return [a / b for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
