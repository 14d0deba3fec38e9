"""What is shown is made from: decoded files, magnified signals, views; each computed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ShapeError
from percept_adv.inspection.memory import Memory, bytes_of
from percept_adv.inspection.picture import Picture
from percept_adv.inspection.precedence import Precedence, each_band_checked
from percept_adv.inspection.pyramid import Pyramid, covered, reduced
from percept_adv.inspection.unchanged import Unchanged
from percept_adv.inspection.wanted import Wanted, always_wanted
from percept_adv.magnification import LocalTerms, Region
from percept_adv.threads import for_each_band
from percept_adv.views import FURTHER_VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.inspection.settings import Settings

_MIB = 2**20
_PICTURES, _TERMS, _VIEWS, _SIGNALS = 400 * _MIB, 900 * _MIB, 700 * _MIB, 100 * _MIB
_STRIP = 256
_BAND = 64
_LEAST_SIGMA = 0.3


class Workbench:
    """Decodes, magnifies and filters on demand, and remembers as much as fits into its memory.

    Attributes
    ----------
    precedence
        Who computes first.
    wanted
        What pages want to see now.
    """

    def __init__(self) -> None:
        self.precedence, self.wanted = Precedence(), Wanted()
        self._previews = Precedence()
        self._unchanged = Unchanged()
        self._pictures: Memory[Picture] = Memory(_PICTURES, lambda picture: picture.memory)
        self._terms: Memory[LocalTerms] = Memory(
            _TERMS, lambda terms: bytes_of((terms.difference, terms.deviation))
        )
        self._views: Memory[Pyramid] = Memory(_VIEWS, lambda pyramid: bytes_of(pyramid.levels))
        self._signals: Memory[NDArray[Any]] = Memory(_SIGNALS, lambda signal: signal.nbytes)

    def picture(self, path: Path) -> Picture:
        """Return a decoded file.

        Raises
        ------
        ImageError
            If it cannot be read, or is not what it was when it was first read.
        """
        self._unchanged.check(path)
        return self._pictures.get(path, lambda: Picture.read(path))

    def difference(
        self, path: Path, reference: Path, level: int, region: Region
    ) -> NDArray[np.float32]:
        """Return a region of a level of image minus reference.

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
        return one.region(level, region) - other.region(level, region)

    def known_terms(self, path: Path, settings: Settings) -> LocalTerms | None:
        """Return the local terms of a whole image if they are there."""
        return self._terms.known((path, settings.sigmas_key))

    def terms(
        self, path: Path, settings: Settings, check: Callable[[], None] = always_wanted
    ) -> LocalTerms:
        """Return the local terms of a whole image, in the background.

        Parameters
        ----------
        path, settings
            The image and the sigmas.
        check
            Raises if they are not needed any more.
        """
        return self._terms.get(
            (path, settings.sigmas_key), lambda: self._whole_terms(path, settings, check)
        )

    def magnified_region(
        self, path: Path, settings: Settings, level: int, region: Region, terms: LocalTerms
    ) -> NDArray[Any]:
        """Return a region of a level of the magnified signal, out of the whole image's terms."""
        picture = self.picture(path)
        return self._signals.get(
            (path, settings.sigmas_key, settings.beta, level, region),
            lambda: _combined(terms, picture, settings.beta, level, region),
        )

    def magnified_at_once(
        self,
        path: Path,
        settings: Settings,
        level: int,
        region: Region,
        check: Callable[[], None] = always_wanted,
    ) -> NDArray[Any]:
        """Return a region of a level of the magnified signal without the rest of the image.

        Full size is exact. Smaller levels are magnified from the reduced image with sigmas
        reduced alike, which shows the like of it. ``check`` raises if it is not needed any more.
        """
        picture = self.picture(path)
        key = (path, settings.sigmas_key, level, region)
        if level:
            with self._previews.urgent():
                terms = self._terms.get(key, lambda: self._preview(*key, check))
        else:
            each_band = each_band_checked(check, self._previews.give_way)
            terms = self._terms.get(
                key,
                lambda: LocalTerms.of(
                    picture.image.samples, region, **settings.sigmas, each_band=each_band
                ),
            )
        return terms.magnified(picture.sigma_global, beta=settings.beta)

    def magnified(self, path: Path, settings: Settings, step: int = 1) -> NDArray[Any]:
        """Return the magnified signal of a whole image, of every ``step``-th row and column."""
        terms = self.terms(path, settings)
        if step == 1:
            picture = self.picture(path)
            whole = Region(0, picture.shape[0], 0, picture.shape[1])
            return _combined(terms, picture, settings.beta, 0, whole)
        some = (
            np.ascontiguousarray(t[::step, ::step]) for t in (terms.difference, terms.deviation)
        )
        return LocalTerms(*some).magnified(self.picture(path).sigma_global, beta=settings.beta)

    def further(self, path: Path, view: str) -> Pyramid:
        """Return one of `FURTHER_VIEWS` of a whole image."""
        return self._views.get(
            (path, view),
            lambda: Pyramid.of(FURTHER_VIEWS[view].compute(self.picture(path).floats())),
        )

    def _preview(
        self,
        path: Path,
        sigmas: tuple[float, float],
        level: int,
        region: Region,
        check: Callable[[], None],
    ) -> LocalTerms:
        domain_sigma, range_sigma = sigmas
        return LocalTerms.of(
            self.picture(path).pyramid.levels[level],
            region,
            domain_sigma=max(domain_sigma / 2**level, _LEAST_SIGMA),
            range_sigma=range_sigma,
            # On threads of its own: it is to be seen before an exact region that is in work.
            each_band=each_band_checked(check, purpose="previews"),
        )

    def _whole_terms(self, path: Path, settings: Settings, check: Callable[[], None]) -> LocalTerms:
        """Compute the local terms strip by strip: a strip's floats are small beside the image."""
        samples = self.picture(path).image.samples
        terms = LocalTerms(*(np.empty(samples.shape, np.float32) for _ in range(2)))
        height, width = samples.shape[:2]
        each_band = self.precedence.each_band(check)
        for top in range(0, height, _STRIP):
            strip = Region(top, min(top + _STRIP, height), 0, width)
            part = LocalTerms.of(samples, strip, **settings.sigmas, each_band=each_band)
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
