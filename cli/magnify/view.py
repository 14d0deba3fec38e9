"""How an image and its reference are shown: on one range, as panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from percept_adv_cli.magnify.picture import cut

from percept_adv.images import to_uint8
from percept_adv.magnification import flat_areas, notes_on

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from percept_adv_cli.magnify.picture import Magnified

    from percept_adv.magnification import Range

    Panel = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class View:
    """An image and, if there is one, its reference, magnified and shown on one range."""

    magnified: list[Magnified]
    shown: Range
    crop: tuple[int, int, int, int] | None

    @property
    def notes(self) -> list[str]:
        """What reading has to say, with the names of files."""
        images = [one.image for one in self.magnified]
        return [f"{image.path}: {warning}" for image in images for warning in notes_on(image)]

    def signals(self) -> list[NDArray[Any]]:
        """Return the part of each signal that is shown, unscaled."""
        return [cut(one.signal, self.crop) for one in self.magnified]

    def rendered(self) -> list[Panel]:
        """Return the same as pictures."""
        return [self.shown.render_8bit(signal) for signal in self.signals()]

    def pairs(self) -> list[tuple[Panel, Panel]]:
        """Return image and reference as they are, each with its magnification."""
        return [(self.as_it_is(number), panel) for number, panel in enumerate(self.rendered())]

    def as_it_is(self, number: int) -> Panel:
        """Return the part that is shown, not magnified, of the image (0) or its reference (1)."""
        samples = cut(self.magnified[number].image.samples, self.crop)
        if samples.dtype == np.uint8:
            return samples
        scale = 1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max
        return to_uint8(samples / scale)

    def describe(self) -> list[dict[str, Any]]:
        """Return what JSON says of image and reference: flat is what is so in the reference."""
        flat = flat_areas(self.magnified[-1].image.samples)
        return [one.describe(self.shown, one.statistics(flat)) for one in self.magnified]
