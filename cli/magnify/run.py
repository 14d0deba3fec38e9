"""One run of ``percept-adv magnify``: reads, magnifies and writes, image by image."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from percept_adv_cli.magnify.items import Item
from percept_adv_cli.magnify.picture import Magnified, write_picture, write_values
from percept_adv_cli.magnify.view import View
from percept_adv_cli.shared.progress import progress
from percept_adv_cli.shared.runs import Run

from percept_adv.errors import ShapeError
from percept_adv.magnification import Range, viewing_range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from percept_adv_cli.magnify.settings import Settings
    from percept_adv_cli.shared.outputs import Record

    Writer = Callable[[Path], None]


class MagnifyRun(Run[Item]):
    """Magnifies image by image."""

    command = "magnify"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._reference = lru_cache(maxsize=1)(self._magnified)
        self._common: Range | None = None

    def sources(self, item: Item) -> dict[str, Path]:
        """Return the image, and its reference if there is one."""
        return item.sources

    def files(self, item: Item) -> tuple[Path, ...]:
        """Return where the magnified image and reference go."""
        return item.files

    def parameters(self, item: Item) -> dict[str, Any]:  # noqa: ARG002 (the same for all)
        """Say how images are magnified and shown."""
        decisive = self.settings.decisive
        if self._common is None:
            return decisive
        # The range belongs to the whole set: another image in it may change the picture.
        return {**decisive, "low": self._common.low, "high": self._common.high}

    def paths(self, item: Item) -> dict[str, str]:
        """Return the names of image and result."""
        return {"input": str(item.path), "output": str(item.output)}

    def measure(self, items: Sequence[Item], *, quiet: bool) -> None:
        """Find the common range of a set, without images that fail: those are named later.

        Every image is magnified twice, so that memory and disk hold one at a time.
        """
        extremes: list[NDArray[Any]] = []
        with progress(len(items), description="range of the set", quiet=quiet) as bar:
            for item in items:
                try:
                    signals = [one.signal for one in self._load(item)]
                except Exception:  # noqa: BLE001, S110 (whatever it is, it comes again)
                    pass
                else:
                    extremes.append(np.array([[s.min(), s.max()] for s in signals]))
                bar.update()
        if extremes:
            self._common = viewing_range(extremes, "set")

    def make(self, item: Item) -> Record:
        """Magnify and write one image.

        Raises
        ------
        PerceptAdvError
            If the image or its reference cannot be used, or a file not be written.
        """
        return self.write(item, self.view(item))

    def view(self, item: Item) -> View:
        """Read and magnify an image and its reference, and choose their range."""
        loaded = self._load(item)
        shown = self._common or viewing_range(
            [one.signal for one in loaded], self.settings.norm, gain=self.settings.gain
        )
        return View(loaded, shown, self.settings.crop)

    def write(self, item: Item, view: View) -> Record:
        """Write what is shown, and the record."""
        low, high = view.shown.low, view.shown.high
        figures = {**self.paths(item), "low": low, "high": high, "notes": view.notes}
        return self.output_of(item).write(figures, *self._writers(view))

    def _writers(self, view: View) -> list[Writer]:
        if self.settings.float_format:
            return [_values(signal) for signal in view.signals()]
        rendered = view.rendered()
        first = [view.as_it_is(0), *rendered] if self.settings.side_by_side else rendered[:1]
        return [_picture(first), *(_picture([panel]) for panel in rendered[1:])]

    def _load(self, item: Item) -> list[Magnified]:
        """Return the magnified image, then its reference if there is one."""
        image = self._magnified(item.path)
        if item.reference is None:
            return [image]
        reference = self._reference(item.reference)
        if reference.size != image.size:
            raise ShapeError(
                f"{item.path} and its reference {item.reference} differ in size: "
                f"{image.size} and {reference.size} (height, width)"
            )
        return [image, reference]

    def _magnified(self, path: Path) -> Magnified:
        return Magnified.of(path, self.settings.parameters)


def _values(signal: NDArray[Any]) -> Writer:
    return lambda part: write_values(part, signal)


def _picture(panels: list[NDArray[np.uint8]]) -> Writer:
    return lambda part: write_picture(part, panels)
