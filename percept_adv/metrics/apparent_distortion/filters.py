"""The two filters of MAD, in the frequency domain.

Larson and Chandler, "Most apparent distortion: full-reference image quality assessment
and the role of strategy", J. Electronic Imaging 19(1) 011006, 2010: the contrast
sensitivity of section 3.1.1 and the log-Gabor filters of section 3.2.

Both are made of functions of the sizes of two frequencies, so that a quarter of the plane
holds them.
"""

from __future__ import annotations

from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ORIENTATIONS = 4
SCALES = 5
_SHORTEST_WAVELENGTH = 3.0
_RADIAL_SIGMA = 0.55
_ANGULAR_SIGMA = np.pi / 6
# Filters of larger images are made anew each time: they would stay in memory.
_LARGEST_KEPT = 2**21
_BAND = 16


class ContrastSensitivity:
    """The contrast sensitivity function on the half plane of ``rfft2``.

    The authors' grid lies half a sample off the frequencies, and they take the real part
    of the filtered image. That is the filter's mean with its point reflection.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image, (M, N).
    dtype : dtype
        Floating-point type of the result.
    """

    def __init__(self, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        (r, self._rows), (c, self._columns) = (_offset_frequencies(n) for n in shape)
        # Both axes are scaled by the number of columns, as in the authors' program.
        scale = 64 / shape[1]
        self._quarter = _by_bands(
            lambda some: _sensitivity(scale * r[None, :], scale * c[some, None]), (len(c), len(r))
        )

    def band(self, start: int, stop: int) -> NDArray[Any]:
        """Return the columns from ``start`` to ``stop``, (stop - start, M)."""
        rows, columns = self._rows, self._columns[start:stop]
        opposite = self._columns[-np.arange(start, stop)], rows[-np.arange(len(rows))]
        both = self._quarter[np.ix_(columns, rows)] + self._quarter[np.ix_(*opposite)]
        both /= 2
        band: NDArray[Any] = both.astype(self.dtype, copy=False)
        return band


def _by_bands(
    make: Callable[[slice], NDArray[Any]], shape: tuple[int, int], dtype: Any = np.float64
) -> NDArray[Any]:
    """Return an array of which ``make`` gives bands of rows."""
    whole = np.empty(shape, dtype)

    def fill(start: int, stop: int) -> None:
        whole[start:stop] = make(slice(start, stop))

    for_each_band(fill, shape[0], band=_BAND)
    return whole


def _offset_frequencies(n: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the sizes that frequencies of the offset grid have, and which has which."""
    sizes = np.abs((np.arange(n) + n // 2) % n - n / 2 + 0.5)
    found, places = np.unique(sizes, return_inverse=True)
    return found, places


def _sensitivity(r: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sensitivity at frequencies in cycles per degree, r down and c across."""
    oblique = np.hypot(r, c)
    oblique /= 0.15 * np.cos(4 * np.arctan2(c, r)) + 0.85
    scaled = 0.114 * oblique
    sensitivity = np.exp(-(scaled**1.1))
    scaled += 0.0192
    sensitivity *= 2.6 * scaled
    sensitivity[oblique < 7.8909] = 0.9809
    return sensitivity


class Angles(NamedTuple):
    """The angular part of a filter on four quarters of the plane.

    By the signs of the frequencies across and down. Each is (N // 2 + 1, M // 2 + 1),
    columns before rows.
    """

    right_down: NDArray[Any]
    right_up: NDArray[Any]
    left_down: NDArray[Any]
    left_up: NDArray[Any]


class LogGaborBank:
    """Filters as products: scale s and orientation o is ``radial(s)`` times ``angular(o)``.

    Of n frequencies along an axis, in the order of ``fft``, the first n // 2 are positive
    and the places 0, 1, ... of a quarter are theirs; the others are negative and have the
    places n // 2, n // 2 - 1, .... The zero frequency has gain 0, which is not in here.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image, (M, N).
    dtype : dtype
        Floating-point type of the filters.
    """

    def __init__(self, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
        self._shape, self._dtype = shape, dtype
        # Of a large image one radial part alone, and the angles of two orientations.
        self._keeps_all = shape[0] * shape[1] <= _LARGEST_KEPT
        self._radials: dict[int, NDArray[Any]] = {}
        self._around: dict[int, NDArray[Any]] = {}

    def radial(self, scale: int) -> NDArray[Any]:
        """Return the radial part, (N // 2 + 1, M // 2 + 1); the scales go from fine to coarse."""
        if scale not in self._radials:
            if not self._keeps_all:
                self._radials.clear()
            shift = np.log(_SHORTEST_WAVELENGTH * 3.0**scale / 2)
            radius = self._logarithm  # Before the bands: they must not wait for bands.
            self._radials[scale] = self._made(
                lambda some: _gaussian(radius[some] + shift, np.log(_RADIAL_SIGMA))
            )
        return self._radials[scale]

    def angular(self, orientation: int) -> Angles:
        """Return the angular part, at multiples of 45 degrees."""
        o = orientation
        # The multiple of 45 degrees that angles of a quarter are compared with, in the order
        # of `Angles`: positive frequencies down a column are angles below the axis.
        turns = [turn % 8 for turn in (-o, o, 4 + o, 4 - o)]
        if not self._keeps_all:
            alike = (turn for turn in self._around if turn % 2 == o % 2)
            self._around = {turn: self._around[turn] for turn in alike}
        for turn in turns:
            if turn not in self._around:
                self._around[turn] = self._made(partial(self._gain_around, turn))
        return Angles(*(self._around[turn] for turn in turns))

    def _made(self, make: Callable[[slice], NDArray[Any]]) -> NDArray[Any]:
        """Return an array over a quarter of the plane."""
        rows, columns = self._shape
        return _by_bands(make, (columns // 2 + 1, rows // 2 + 1), self._dtype)

    @cached_property
    def _axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The sizes of the frequencies at each place of a quarter: x, (:, 1), and y, (1, :)."""
        # On odd sizes the authors' program is half a sample off.
        y, x = (2 * (np.arange(n // 2 + 1) + n % 2 / 2) / n for n in self._shape)
        return x[:, None], y[None, :]

    @cached_property
    def _logarithm(self) -> NDArray[np.float64]:
        """The logarithm of the radius at each place of a quarter."""
        x, y = self._axes

        def logarithm(some: slice) -> NDArray[np.float64]:
            radius = np.hypot(x[some], y)
            radius[radius == 0] = 1
            return np.log(radius, out=radius)

        rows, columns = self._shape
        return _by_bands(logarithm, (columns // 2 + 1, rows // 2 + 1))

    def _gain_around(self, turn: int, some: slice) -> NDArray[Any]:
        """Return the Gaussian of the distance of angles from a multiple of 45 degrees."""
        x, y = self._axes
        distance = np.arctan2(y, x[some])
        distance -= turn * (np.pi / ORIENTATIONS)
        np.abs(distance, out=distance)
        np.minimum(distance, 2 * np.pi - distance, out=distance)
        return _gaussian(distance, _ANGULAR_SIGMA)


def _gaussian(distance: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Replace distances by the Gaussian of them."""
    distance *= distance
    distance /= -2 * sigma**2
    return np.exp(distance, out=distance)


_kept_sensitivity = lru_cache(maxsize=2)(ContrastSensitivity)
_kept_bank = lru_cache(maxsize=2)(LogGaborBank)


def shared_sensitivity(shape: tuple[int, int], dtype: np.dtype[Any]) -> ContrastSensitivity:
    """Return the contrast sensitivity, kept for the next image of that size."""
    make = _kept_sensitivity if shape[0] * shape[1] <= _LARGEST_KEPT else ContrastSensitivity
    return make(shape, dtype)


def shared_bank(shape: tuple[int, int], dtype: np.dtype[Any]) -> LogGaborBank:
    """Return the log-Gabor filters, kept for the next image of that size."""
    make = _kept_bank if shape[0] * shape[1] <= _LARGEST_KEPT else LogGaborBank
    return make(shape, dtype)
