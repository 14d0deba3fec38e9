"""Transforms of whole images in passes over blocks of columns and of rows.

A two-dimensional transform of a large image waits for memory most of the time. Here each
block stays in the cache, and threads take one after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Rows = Callable[[int, int], NDArray[Any]]

# Numbers in a block: complex ones of 16 bytes each take 1 MB.
_BLOCK = 2**16


def block_of(size: int, *, multiple: int = 1) -> int:
    """Return how many rows (or columns) of ``size`` numbers make a block.

    Parameters
    ----------
    size : int
        Numbers in a row.
    multiple : int
        What the answer is to be a multiple of.

    Returns
    -------
    int
        At least ``multiple``.
    """
    return multiple * max(1, _BLOCK // (size * multiple))


def across_rows(rows_of: Rows, shape: tuple[int, int], kind: np.dtype[Any]) -> NDArray[Any]:
    """Transform each row of an image of which ``rows_of(start, stop)`` gives bands.

    Parameters
    ----------
    rows_of : callable
        Gives real rows.
    shape : (int, int)
        (M, N) of the image.
    kind : dtype
        Real type of the computation.

    Returns
    -------
    ndarray, (N // 2 + 1, M)
        Complex, divided by N; columns before rows.
    """
    rows, columns = shape
    spectrum = np.empty((columns // 2 + 1, rows), np.result_type(kind, np.complex64))

    def work(start: int, stop: int) -> None:
        spectrum[:, start:stop] = np.fft.rfft(rows_of(start, stop), axis=1, norm="forward").T

    for_each_band(work, rows, band=block_of(columns))
    return spectrum


def half_spectrum(levels: NDArray[Any]) -> NDArray[Any]:
    """Return the spectrum, divided by the number of pixels, without the mean.

    Parameters
    ----------
    levels : ndarray, (M, N)

    Returns
    -------
    ndarray, (N // 2 + 1, M)
        Complex; columns before rows.
    """
    spectrum = across_rows(
        lambda start, stop: levels[start:stop], (len(levels), levels.shape[1]), levels.dtype
    )

    def work(start: int, stop: int) -> None:
        transform(spectrum[start:stop])
        spectrum[start:stop] /= len(levels)

    for_each_band(work, len(spectrum), band=block_of(len(levels)))
    spectrum[0, 0] = 0
    return spectrum


def transform(block: NDArray[Any]) -> None:
    """Replace each row of complex numbers by its transform."""
    if block.dtype == np.complex128:
        parts = _parts(block)
        cv2.dft(parts, dst=parts, flags=cv2.DFT_ROWS)
    else:
        np.fft.fft(block, axis=1, out=block)


def invert(block: NDArray[Any]) -> None:
    """Replace each row by its inverse transform, not divided by the number of its values.

    In double precision OpenCV's transform is the faster one, above all where the number has a
    large prime factor; in single precision it takes twice as much.
    """
    if block.dtype == np.complex128:
        parts = _parts(block)
        cv2.dft(parts, dst=parts, flags=cv2.DFT_INVERSE | cv2.DFT_ROWS)
    else:
        np.fft.ifft(block, axis=1, norm="forward", out=block)


def _parts(block: NDArray[Any]) -> NDArray[np.float64]:
    return block.view(np.float64).reshape(*block.shape, 2)
