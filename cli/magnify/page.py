"""The page of ``percept-adv magnify --html``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv_cli.magnify.rank import NOTE, note_of
from percept_adv_cli.shared.detection import SMALLEST
from percept_adv_cli.shared.outputs import is_kept

from percept_adv.provenance import Origin, Output
from percept_adv.report import Gallery

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.magnify.items import Item
    from percept_adv_cli.magnify.settings import Settings
    from percept_adv_cli.magnify.view import View
    from percept_adv_cli.shared.detection import Scoring
    from percept_adv_cli.shared.outputs import Record


class Page:
    """A page of all images that were described; without one it is never begun."""

    def __init__(
        self, file: Path, settings: Settings, scoring: Scoring | None, *, overwrite: bool
    ) -> None:
        self._file, self._settings, self._scoring = file, settings, scoring
        self._overwrite = overwrite
        self._gallery: Gallery | None = None
        self._hashes: dict[str, str] = {}

    def add(self, item: Item, record: Record, view: View) -> None:
        """Add an image."""
        if self._gallery is None:
            shown = {} if self._scoring is None else {"quantiles": self._scoring.shown}
            self._gallery = Gallery(self._file, single_file=self._settings.single_file, **shown)
        self._hashes[record["input"]] = record["sha256"]
        name = item.output.relative_to(self._file.parent).with_suffix(item.path.suffix)
        self._gallery.add(str(name), record, *view.pairs())

    def write(self) -> None:
        """Write the page, unless it is there already.

        Raises
        ------
        PerceptAdvError
            If something else is in its place, or it cannot be written.
        """
        gallery, output = self._gallery, self._output
        if gallery is None or is_kept(output, overwrite=self._overwrite):
            return
        output.write(
            {"images": gallery.count},
            lambda part: gallery.write(part, self._settings.record, note=NOTE, sort=self._order),
        )

    @property
    def _output(self) -> Output:
        decisive: dict[str, Any] = {**self._settings.decisive, **self._settings.page}
        if self._scoring is not None:
            decisive |= {
                "model": self._scoring.calibration.model,
                "calibration": note_of(self._scoring),
            }
        return Output.beside(Origin("magnify", self._hashes, decisive), self._file)

    @property
    def _order(self) -> str:
        """By what the page's list is sorted: as ``--rank`` sorts."""
        order = str(self._settings.page["order"])
        return order if self._scoring is None or order == "name" else SMALLEST
