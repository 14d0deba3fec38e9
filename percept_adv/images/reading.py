"""Reading an image file without changing its values behind the user's back."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import ImageCms

from percept_adv.errors import ImageError, PerceptAdvError
from percept_adv.images.content import read_content
from percept_adv.images.formats import decode
from percept_adv.images.record import Image

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from percept_adv.images.decoded import Decoded


def read_image(path: str | os.PathLike[str]) -> Image:
    """Read an image as it is stored, turned upright.

    16-bit samples stay 16-bit, the EXIF orientation is applied once, colour profiles
    and alpha change no value. A palette becomes RGB; CMYK, YCbCr and CIELAB become RGB with a
    warning. The largest image is set by ``PERCEPT_ADV_MAX_PIXELS``.

    Parameters
    ----------
    path
        A file, or a pipe such as ``/dev/stdin``.

    Returns
    -------
    Image
        Its samples as stored, and what is known of them.

    Raises
    ------
    ImageError
        If the file cannot be read, is no image, is damaged or truncated, is too large, or holds
        NaN, Inf or floats outside [0, 1].

    Examples
    --------
    >>> from percept_adv.images import read_image
    >>> image = read_image(digits / "00000.png")
    >>> image.samples.shape, image.samples.dtype, image.bit_depth
    ((28, 28), dtype('uint8'), 8)
    """
    return read_stored(path).upright()


def read_stored(path: str | os.PathLike[str]) -> Image:
    """Read an image as `read_image`, its rows and columns as the file has them.

    `Image.orientation` says what `Image.upright` would do: some software ignores it.

    Parameters
    ----------
    path
        As for `read_image`.

    Returns
    -------
    Image
        Not turned.

    Raises
    ------
    ImageError
        As `read_image`.

    Examples
    --------
    >>> from percept_adv.images import read_stored
    >>> read_stored(digits / "00000.png").orientation
    1
    """
    file = Path(path)
    content = read_content(file)
    try:
        decoded = decode(content, file.suffix)
        _check_shape(decoded.samples)
        _check_range(decoded.samples, "it holds")
        if decoded.alpha is not None:
            _check_range(decoded.alpha, "its alpha channel holds")
    except PerceptAdvError as error:
        raise ImageError(f"{file} cannot be read: {error}") from error
    except MemoryError:
        raise ImageError(f"{file} cannot be read: there is too little memory for it") from None
    except Exception as error:  # Decoders raise anything: zlib.error, struct.error, RuntimeError.
        raise ImageError(f"{file} is damaged or not supported{_reason(error)}") from error
    samples = np.ascontiguousarray(decoded.samples)
    return Image(
        samples=samples,
        alpha=None if decoded.alpha is None else np.ascontiguousarray(decoded.alpha),
        warnings=tuple(decoded.notes),
        path=file,
        bit_depth=decoded.depth or samples.dtype.itemsize * 8,
        orientation=decoded.orientation,
        profile=_profile_name(decoded),
    )


def read_pixels(path: str | os.PathLike[str]) -> NDArray[np.float64]:
    """Read an image as float64 in [0, 1]: ``read_image(path).pixels``.

    Parameters
    ----------
    path
        As for `read_image`.

    Returns
    -------
    ndarray
        ``(H, W)`` or ``(H, W, 3)``.

    Raises
    ------
    ImageError
        As `read_image`.

    Examples
    --------
    >>> from percept_adv.images import read_pixels
    >>> float(read_pixels(digits / "00000.png").max())
    1.0
    """
    return read_image(path).pixels


def _check_shape(samples: NDArray[Any]) -> None:
    if samples.ndim not in {2, 3} or samples.size == 0 or samples.shape[2:] not in {(), (3,)}:
        raise ImageError(f"its samples have the shape {samples.shape}: expected gray or RGB")


def _check_range(samples: NDArray[Any], what: str) -> None:
    if samples.dtype.kind != "f":
        return
    low, high = samples.min(), samples.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ImageError(f"{what} NaN or infinite values: replace them first")
    if low < 0 or high > 1:
        raise ImageError(f"{what} floats from {low:.4g} to {high:.4g}: scale them to [0, 1]")


def _profile_name(decoded: Decoded) -> str | None:
    """Name a colour profile as its maker did."""
    if not decoded.profile:
        return None
    try:
        name = ImageCms.getProfileDescription(ImageCms.getOpenProfile(io.BytesIO(decoded.profile)))
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return "a damaged profile"
    return " ".join(name.split()) or "an unnamed profile"


def _reason(error: Exception) -> str:
    """Return what a decoder says of the file; what Python says of the decoder is left out."""
    words = str(error).strip().partition("\n")[0]
    told = isinstance(error, OSError | RuntimeError | SyntaxError | zlib.error)
    if not told or not words or "<" in words:
        return ""
    if isinstance(error, RuntimeError):  # imagecodecs, in the words of the codec.
        return f": its pixels cannot be unpacked ({words})"
    return f": {words}"
