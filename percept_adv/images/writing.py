"""Writing files whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import cv2
import numpy as np

from percept_adv.errors import OutputError, ShapeError
from percept_adv.images.png import LONGEST_SIDE
from percept_adv.images.values import to_uint8

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from numpy.typing import NDArray


def make_folder(path: str | os.PathLike[str]) -> None:
    """Make a folder and those above it: to learn before long work that its results have a place.

    Parameters
    ----------
    path
        The folder; one that exists is left as it is.

    Raises
    ------
    OutputError
        If there is no such folder and it cannot be made, or if no file can be made in it.

    Examples
    --------
    >>> from percept_adv.images import make_folder
    >>> make_folder(folder / "deep")
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    check_place(path)


def check_place(folder: str | os.PathLike[str]) -> None:
    """Learn before long work that files can be written into a folder, which need not exist.

    Parameters
    ----------
    folder
        The folder; nothing is left in it.

    Raises
    ------
    OutputError
        If no file can be made in it, or in the nearest folder above it that exists.

    Examples
    --------
    >>> from percept_adv.images import check_place
    >>> check_place(folder / "deep")
    """
    place = Path(folder)
    there = next(one for one in (place, *place.parents) if one.exists())
    try:
        # What permissions say is not all: the file system may be read-only.
        with TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary name beside ``path``, renamed to it when the block ends well.

    Missing folders are made. If the block raises, nothing is left behind. The
    temporary name keeps the suffix, from which many libraries choose the format.

    Parameters
    ----------
    path
        Where the finished file is to lie.

    Yields
    ------
    Path
        The temporary name to write to.

    Raises
    ------
    OutputError
        If the folder or the file cannot be written.

    Examples
    --------
    >>> from percept_adv.images import atomic_write
    >>> file = folder / "new" / "a.txt"
    >>> with atomic_write(file) as temporary:
    ...     _ = temporary.write_text("whole or not at all")
    >>> file.read_text()
    'whole or not at all'
    """
    target = Path(path)
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise OutputError(f"cannot write {target}: it is a device or a pipe; name a file")
    # Shorter than many names, which may be as long as the file system allows.
    part = target.with_name(f".{uuid4().hex[:12]}{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(target)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"cannot write {target}: {reason}") from error
    finally:
        # Already renamed when all went well; NotADirectoryError when a parent is a file.
        with suppress(OSError):
            part.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, in UTF-8; bytes of names that are no text are escaped.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        Its content.

    Raises
    ------
    OutputError
        If it cannot be written.

    Examples
    --------
    >>> from percept_adv.images import write_text
    >>> write_text(folder / "a.txt", "cat")
    """
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")


def encode_png(pixels: NDArray[Any]) -> bytes:
    """Make the bytes of a PNG, of 8 bits but for uint16.

    Parameters
    ----------
    pixels
        ``(H, W)``, ``(H, W, 1)`` or ``(H, W, 3)`` RGB; floats in [0, 1], which are
        rounded to the nearest level of 8 bits, or uint8, or uint16 for 16 bits.

    Returns
    -------
    bytes
        The file's content.

    Raises
    ------
    ShapeError
        For another shape.
    ImageError
        For NaN or Inf.
    OutputError
        If it is longer than PNG software takes.

    Examples
    --------
    >>> from percept_adv.images import encode_png
    >>> encode_png(np.zeros((2, 2)))[1:4]
    b'PNG'
    """
    samples = np.asarray(pixels)
    if samples.dtype != np.uint16:
        samples = to_uint8(samples)
    if samples.ndim == 3 and samples.shape[2] == 1:
        samples = samples[:, :, 0]
    if samples.size == 0 or not (samples.ndim == 2 or samples.shape[2:] == (3,)):
        raise ShapeError(f"a PNG is written from (H, W) or (H, W, 3), not from {samples.shape}")
    height, width = samples.shape[:2]
    if max(height, width) > LONGEST_SIDE:
        raise OutputError(
            f"a result of {width} x {height} pixels is no PNG that others can read: the most is "
            f"{LONGEST_SIDE} a side; crop it"
        )
    written, encoded = cv2.imencode(".png", samples if samples.ndim == 2 else samples[:, :, ::-1])
    if not written or not len(encoded):
        raise OutputError(f"a PNG of {width} x {height} pixels could not be made")
    return bytes(encoded)


def write_png(path: str | os.PathLike[str], pixels: NDArray[Any]) -> None:
    """Write a PNG of 8 bits, or of 16 for uint16; the file is replaced whole or left as it was.

    Parameters
    ----------
    path
        Missing folders are made.
    pixels
        As for `encode_png`.

    Raises
    ------
    ShapeError, ImageError
        As `encode_png`.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> from percept_adv.images import write_png
    >>> write_png(folder / "a.png", np.eye(2))
    """
    encoded = encode_png(pixels)
    with atomic_write(path) as part:
        part.write_bytes(encoded)
