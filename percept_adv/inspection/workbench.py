"""What tiles are made from: decoded files, magnified signals, views; each computed once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ShapeError
from percept_adv.inspection.memory import Memory, bytes_of
from percept_adv.inspection.picture import Picture
from percept_adv.inspection.precedence import Precedence
from percept_adv.inspection.pyramid import (
    Pyramid,
    covered,
    level_shape,
    reduced,
    tile_region,
)
from percept_adv.magnification import LocalTerms, Region
from percept_adv.threads import for_each_band
from percept_adv.views import FURTHER_VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.inspection.settings import Settings

_MIB = 2**20
_PICTURES, _TERMS, _SIGNALS = 400 * _MIB, 900 * _MIB, 700 * _MIB
_STRIP = 256
_BAND = 64
_LEAST_SIGMA = 0.3


class Superseded(Exception):  # noqa: N818 (an answer, not a failure)
    """Other settings were asked for while these were being computed."""


class Workbench:
    """Decodes, magnifies and filters on demand, and remembers as much as fits into its memory."""

    def __init__(self) -> None:
        self.precedence = Precedence()
        self._pictures: Memory[Picture] = Memory(_PICTURES, lambda picture: picture.memory)
        self._terms: Memory[LocalTerms] = Memory(
            _TERMS, lambda terms: bytes_of((terms.difference, terms.deviation))
        )
        self._signals: Memory[Pyramid] = Memory(_SIGNALS, lambda pyramid: bytes_of(pyramid.levels))
        self._wanted: dict[tuple[Path, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def picture(self, path: Path) -> Picture:
        """Return a decoded file.

        Raises
        ------
        ImageError
            If it cannot be read.
        """
        return self._pictures.get(path, lambda: Picture.read(path))

    def difference(
        self, path: Path, reference: Path, level: int, column: int, row: int
    ) -> NDArray[np.float32]:
        """Return a tile of image minus reference.

        Raises
        ------
        ShapeError
            If their sizes differ.
        """
        one, other = self.picture(path), self.picture(reference)
        if one.image.samples.shape != other.image.samples.shape:
            raise ShapeError(
                f"{path.name} and its reference {reference.name} differ in size: "
                f"{one.shape[1]} x {one.shape[0]} and {other.shape[1]} x {other.shape[0]}"
            )
        return one.tile(level, column, row) - other.tile(level, column, row)

    def magnified_tile(
        self, path: Path, settings: Settings, place: tuple[int, int, int], *, at_once: bool
    ) -> NDArray[Any]:
        """Return a tile of the magnified signal, at (level, column, row).

        ``at_once``, and if the terms of the whole image are not known, full size is computed for
        this tile alone, exactly; smaller levels are magnified from the reduced image with sigmas
        reduced alike, which shows the like of it.
        """
        picture, (level, column, row) = self.picture(path), place
        shape = picture.image.samples.shape
        region = tile_region(level_shape(shape, level), column, row)
        if region.bottom <= region.top or region.right <= region.left:
            return np.empty((0, 0), np.float32)
        known = self._terms.known((path, settings.sigmas_key))
        if known is None and not at_once:
            known = self.terms(path, settings)
        if known is None:
            terms = self._tile_terms(path, settings, level, region)
            return terms.magnified(picture.sigma_global, beta=settings.beta)
        return _combined(known, picture, settings.beta, level, region)

    def _tile_terms(self, path: Path, settings: Settings, level: int, region: Region) -> LocalTerms:
        samples = self.picture(path).pyramid.levels[level]
        sigma = max(settings.domain_sigma / 2**level, _LEAST_SIGMA)
        return self._terms.get(
            (path, settings.sigmas_key, level, region),
            lambda: LocalTerms.of(
                samples, region, domain_sigma=sigma, range_sigma=settings.range_sigma
            ),
        )

    def terms(
        self, path: Path, settings: Settings, superseded: Callable[[], bool] = lambda: False
    ) -> LocalTerms:
        """Return the local terms of a whole image.

        Raises
        ------
        Superseded
            If ``superseded()`` became true while they were being computed.
        """
        return self._terms.get(
            (path, settings.sigmas_key), lambda: self._whole_terms(path, settings, superseded)
        )

    def prepare(self, path: Path, settings: Settings, page: str) -> None:
        """Compute the local terms of a whole image for a page, which wants one choice at a time.

        Raises
        ------
        Superseded
            If the same page asked for other sigmas of the image meanwhile.
        """
        with self._lock:
            self._wanted[path, page] = settings.sigmas_key
        self.terms(path, settings, lambda: self._wanted[path, page] != settings.sigmas_key)

    def magnified(self, path: Path, settings: Settings) -> NDArray[Any]:
        """Return the magnified signal of a whole image."""
        picture = self.picture(path)
        whole = Region(0, picture.shape[0], 0, picture.shape[1])
        return _combined(self.terms(path, settings), picture, settings.beta, 0, whole)

    def further(self, path: Path, view: str) -> Pyramid:
        """Return one of `FURTHER_VIEWS` of a whole image."""
        return self._signals.get(
            (path, view),
            lambda: Pyramid.of(FURTHER_VIEWS[view].compute(self.picture(path).floats())),
        )

    def _whole_terms(
        self, path: Path, settings: Settings, superseded: Callable[[], bool]
    ) -> LocalTerms:
        """Compute the local terms strip by strip, giving way to visible tiles."""
        samples = self.picture(path).image.samples
        terms = LocalTerms(*(np.empty(samples.shape, np.float32) for _ in range(2)))
        height, width = samples.shape[:2]
        for top in range(0, height, _STRIP):
            self.precedence.give_way()
            if superseded():
                raise Superseded
            strip = Region(top, min(top + _STRIP, height), 0, width)
            part = LocalTerms.of(samples, strip, **settings.sigmas)
            terms.difference[strip.slices] = part.difference
            terms.deviation[strip.slices] = part.deviation
        return terms


def _combined(
    terms: LocalTerms, picture: Picture, beta: float, level: int, region: Region
) -> NDArray[Any]:
    """Return a region of a level of the signal out of the terms of the whole image.

    In bands that stay in the processor's cache: a change of beta costs one pass over what is seen.
    """
    shape = picture.image.samples.shape
    size = (region.bottom - region.top, region.right - region.left)
    signal = np.empty((*size, *shape[2:]), np.float32)

    def band(start: int, stop: int) -> None:
        rows = Region(region.top + start, region.top + stop, region.left, region.right)
        part = covered(shape, level, rows).slices
        combined = LocalTerms(terms.difference[part], terms.deviation[part]).magnified(
            picture.sigma_global, beta=beta
        )
        signal[start:stop] = reduced(combined, level)

    for_each_band(band, size[0], band=max(1, _BAND >> level))
    return signal
