"""From values to the grey levels of a tile: gain and channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.images import to_uint8
from percept_adv.magnification import viewing_range
from percept_adv.views import FURTHER_VIEWS, shade

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.inspection.library import SceneFiles, SubjectFile
    from percept_adv.inspection.settings import Settings
    from percept_adv.inspection.workbench import Workbench

_CHANNELS = {"red": 0, "green": 1, "blue": 2}
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


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


def tile_values(
    bench: Workbench,
    scene: SceneFiles,
    subject: SubjectFile,
    view: str,
    settings: Settings,
    place: tuple[int, int, int],
    *,
    at_once: bool = False,
) -> NDArray[Any]:
    """Return the values of a tile, at (level, column, row); see `Workbench.magnified_tile`.

    Raises
    ------
    PerceptAdvError
        If the file cannot be read, or its reference has another size.
    """
    if view == "stored":
        return bench.picture(subject.path).tile(*place)
    if view == "magnified":
        return bench.magnified_tile(subject.path, settings, place, at_once=at_once)
    if view == "difference":
        reference = scene.reference or subject
        return bench.difference(subject.path, reference.path, *place)
    return bench.further(subject.path, view).tile(*place)


def histogram(levels: NDArray[np.uint8], bins: int = 64) -> list[list[int]]:
    """Return counts of grey levels for each channel, of at most some hundred thousand pixels."""
    step = max(1, int((levels.shape[0] * levels.shape[1] / 4e5) ** 0.5))
    sampled = levels[::step, ::step]
    channels = sampled.reshape(*sampled.shape[:2], -1)
    width = 256 // bins
    return [
        np.bincount(channels[:, :, c].ravel() // width, minlength=bins).tolist()
        for c in range(channels.shape[2])
    ]
