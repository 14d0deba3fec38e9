"""From values to the grey levels of a picture: gain and channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from percept_adv.images import to_uint8
from percept_adv.inspection.wanted import always_wanted
from percept_adv.magnification import viewing_range
from percept_adv.views import FURTHER_VIEWS, shade

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.inspection.library import SceneFiles, SubjectFile
    from percept_adv.inspection.settings import Settings
    from percept_adv.inspection.workbench import Workbench
    from percept_adv.magnification import LocalTerms, Region

_CHANNELS = {"red": 0, "green": 1, "blue": 2}
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_SAMPLED = 4e5


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of a view is wanted, and how.

    Attributes
    ----------
    level, region
        A region of a level of the view's pyramid.
    terms
        The local terms of the whole image, of which the magnified signal is made exactly; without
        them see `Workbench.magnified_at_once`.
    check
        Raises if the part is not needed any more.
    """

    level: int
    region: Region
    terms: LocalTerms | None = None
    check: Callable[[], None] = always_wanted


def choose_channel(values: NDArray[Any], channel: str) -> NDArray[Any]:
    """Return one channel of ``(H, W, 3)``, or its luma; gray values pass unchanged."""
    if channel == "all" or values.ndim == 2 or values.shape[2] == 1:
        return values
    if channel == "luma":
        return values @ _LUMA
    return values[:, :, _CHANNELS[channel]]


def to_grey_levels(values: NDArray[Any], view: str, settings: Settings) -> NDArray[np.uint8]:
    """Return what is shown of a view's values: 8 bits."""
    chosen = choose_channel(values, settings.channel)
    if view == "magnified":
        return viewing_range([chosen], "fixed", gain=settings.gain).render_8bit(chosen)
    if view == "difference":
        return to_uint8(shade(chosen, settings.difference_gain, signed=True))
    if view == "stored":
        return to_uint8(chosen)
    return to_uint8(FURTHER_VIEWS[view].shade(chosen, settings.view_gain))


def view_values(
    bench: Workbench,
    scene: SceneFiles,
    subject: SubjectFile,
    view: str,
    settings: Settings,
    place: Place,
) -> NDArray[Any]:
    """Return the values of a part of a view.

    Raises
    ------
    PerceptAdvError
        If the file cannot be read, or its reference has another size.
    Superseded
        If ``place.check`` says so.
    """
    level, region = place.level, place.region
    if view == "stored":
        return bench.picture(subject.path).region(level, region)
    if view == "magnified" and place.terms is not None:
        return bench.magnified_region(subject.path, settings, level, region, place.terms)
    if view == "magnified":
        return bench.magnified_at_once(subject.path, settings, level, region, place.check)
    if view == "difference":
        reference = scene.reference or subject
        return bench.difference(subject.path, reference.path, level, region)
    return bench.further(subject.path, view).levels[level][region.slices]


def as_bitmap(levels: NDArray[np.uint8]) -> bytes:
    """Return 8 bits, gray or RGB, as a BMP: nothing is compressed on the way to one's own browser.

    A PNG of so much noise takes ten times as long to make, and is hardly shorter.
    """
    gray = levels.ndim == 2 or levels.shape[2] == 1
    _, encoded = cv2.imencode(".bmp", levels if gray else levels[:, :, ::-1])
    return bytes(encoded)


def sampling_step(height: int, width: int) -> int:
    """Return which rows and columns a histogram takes of so many pixels."""
    return max(1, int((height * width / _SAMPLED) ** 0.5))


def histogram(levels: NDArray[np.uint8], bins: int = 64) -> list[list[int]]:
    """Return counts of grey levels for each channel."""
    channels = levels.reshape(*levels.shape[:2], -1)
    width = 256 // bins
    return [
        np.bincount(channels[:, :, c].ravel() // width, minlength=bins).tolist()
        for c in range(channels.shape[2])
    ]
