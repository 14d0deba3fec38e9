"""One run of ``percept-adv magnify`` over a set of images."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from percept_adv_cli.magnify.picture import Magnified, cut, write_picture, write_values
from percept_adv_cli.magnify.rank import NOTE, Ranking
from percept_adv_cli.magnify.settings import Item, Settings, items_of
from percept_adv_cli.shared.detection import SMALLEST
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_failure, print_json, print_kept
from percept_adv_cli.shared.notes import Notes
from percept_adv_cli.shared.outputs import sort_by_output
from percept_adv_cli.shared.runs import do_each

from percept_adv.errors import PerceptAdvError, ShapeError
from percept_adv.images import to_uint8
from percept_adv.magnification import (
    Range,
    flat_areas,
    viewing_range,
)
from percept_adv.provenance import Origin, Output
from percept_adv.report import Gallery

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from percept_adv_cli.shared.detection import Scoring


class MagnifyRun:
    """Reads, magnifies, writes and reports image by image."""

    def __init__(
        self,
        inputs: Sequence[Path],
        output: Path,
        settings: Settings,
        scoring: Scoring | None = None,
    ) -> None:
        self._settings, self._scoring = settings, scoring
        self._items, self._looked = items_of(inputs, output, settings)
        single = len(self._items) == 1 and self._items[0].output == output
        self._page = (output.parent if single else output) / "index.html"
        self._records: list[dict[str, Any]] = []
        self._gallery: Gallery | None = None
        self._reference = lru_cache(maxsize=1)(self._magnified)
        self._common: Range | None = None
        self._described = settings.as_json or settings.rank or settings.html
        self._kept: set[Item] = set()
        self._notes = Notes()

    def execute(self) -> ExitCode:
        """Do all images; those that fail are named and left out."""
        items, outcome = self._items, ExitCode.FINE
        if self._settings.norm == "set":
            items, outcome = self._measure_set()
        found = sort_by_output(
            items,
            self._output_of,
            overwrite=self._settings.overwrite,
            name=lambda item: str(item.path),
            inputs={path for item in self._items for path in item.sources.values()},
        )
        self._kept = {item for item, _ in found.kept}
        # Results that are kept are described too, in the order of the arguments.
        todo = {*found.waiting, *self._kept} if self._described else {*found.waiting}
        made = self._each([item for item in items if item in todo], self._make, "magnify")
        return max(self._looked, outcome, found.outcome, made, self._finish())

    def _each(self, items: list[Item], work: Any, description: str) -> ExitCode:
        return do_each(
            items,
            work,
            name=lambda item: str(item.path),
            description=description,
            quiet=self._settings.quiet,
        )

    def _measure_set(self) -> tuple[list[Item], ExitCode]:
        """Find the common range first; images that cannot be read drop out here.

        Every image is magnified twice, so that memory and disk hold one at a time.
        """
        extremes: dict[Item, NDArray[Any]] = {}

        def measure(item: Item) -> None:
            signals = [one.signal for one in self._load(item)]
            extremes[item] = np.array([[s.min(), s.max()] for s in signals])

        outcome = self._each(self._items, measure, "range of the set")
        if extremes:
            self._common = viewing_range(list(extremes.values()), "set")
        return list(extremes), outcome

    def _output_of(self, item: Item) -> Output:
        decisive = self._settings.decisive
        if self._common is not None:
            # The range belongs to the whole set: another image in it may change the picture.
            decisive |= {"low": self._common.low, "high": self._common.high}
        return item.made_with(decisive)

    def _make(self, item: Item) -> None:
        settings = self._settings
        kept = item in self._kept
        started = time.perf_counter()
        loaded = self._load(item)
        shown = self._common or viewing_range(
            [one.signal for one in loaded], settings.norm, gain=settings.gain
        )
        if not kept:
            self._write(item, loaded, shown)
        self._report(item, loaded, shown, kept, time.perf_counter() - started)

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
        return Magnified.of(path, self._settings.parameters)

    def _write(self, item: Item, loaded: list[Magnified], shown: Range) -> None:
        signals = [cut(one.signal, self._settings.crop) for one in loaded]

        def picture_of(signal: NDArray[Any]) -> Callable[[Path], None]:
            if self._settings.float_format:
                return lambda part: write_values(part, signal)
            return lambda part: write_picture(part, [shown.render_8bit(signal)])

        writers = [picture_of(signal) for signal in signals]
        if self._settings.side_by_side:
            writers[0] = lambda part: write_picture(part, self._panels(loaded, shown))
        figures = {"input": str(item.path), "low": shown.low, "high": shown.high}
        self._output_of(item).write(figures, *writers)

    def _panels(self, loaded: list[Magnified], shown: Range) -> list[NDArray[np.uint8]]:
        """Return the image as it is, then all that was magnified."""
        signals = [cut(one.signal, self._settings.crop) for one in loaded]
        return [self._as_it_is(loaded[0]), *(shown.render_8bit(signal) for signal in signals)]

    def _as_it_is(self, one: Magnified) -> NDArray[np.uint8]:
        samples = cut(one.image.samples, self._settings.crop)
        if samples.dtype == np.uint8:
            return samples
        scale = 1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max
        return to_uint8(samples / scale)

    def _add_to_page(
        self, item: Item, record: dict[str, Any], loaded: list[Magnified], shown: Range
    ) -> None:
        if self._gallery is None:
            self._gallery = Gallery(
                self._page,
                single_file=self._settings.single_file,
                titles={} if self._scoring is None else self._scoring.titles,
            )
        image, magnified, *references = self._panels(loaded, shown)
        pairs = [(image, magnified)]
        if references:
            pairs.append((self._as_it_is(loaded[1]), references[0]))
        name = item.output.relative_to(self._page.parent).with_suffix(item.path.suffix)
        self._gallery.add(str(name), record, *pairs)

    def _report(
        self, item: Item, loaded: list[Magnified], shown: Range, kept: object, seconds: float
    ) -> None:
        for one in loaded:
            path = one.image.path
            self._notes.tell((f"{path}: {warning}" for warning in one.image.warnings), path)
        if not self._described:
            return
        flat = flat_areas(loaded[-1].image.samples)
        described = [one.describe(shown, one.statistics(flat)) for one in loaded]
        record = {
            "input": str(item.path),
            "output": str(item.output),
            "status": "kept" if kept else "written",
            **described[0],
            "parameters": {**self._settings.record, "low": shown.low, "high": shown.high},
            "seconds": round(seconds, 3),
        }
        if item.reference:
            record["reference"] = {"input": str(item.reference), **described[1]}
        if self._scoring is not None:
            record |= self._scoring.describe(item.path)
        self._records.append(record)
        if self._settings.as_json:
            print_json(record)
        if self._settings.html:
            self._add_to_page(item, record, loaded, shown)

    def _finish(self) -> ExitCode:
        """Print the ranking and write the page."""
        settings = self._settings
        if settings.rank and self._records:
            ranking = Ranking.of(self._records, self._note)
            if settings.as_json:
                print_json(ranking.as_dict())
            else:
                click.echo("\n".join(ranking.lines()))
        return ExitCode.FINE if self._gallery is None else self._write_page(self._gallery)

    @property
    def _note(self) -> str:
        return NOTE if self._scoring is None else f"{NOTE} {self._scoring.note}"

    @property
    def _order(self) -> str:
        """By what the page's list is sorted: as ``--rank`` sorts."""
        order = str(self._settings.page["order"])
        return order if self._scoring is None or order == "name" else SMALLEST

    def _write_page(self, gallery: Gallery) -> ExitCode:
        """Write the page of all images that were described, unless it is there already."""
        hashes = {record["input"]: record["sha256"] for record in self._records}
        decisive = {**self._settings.decisive, **self._settings.page}
        if self._scoring is not None:
            decisive |= {"model": self._scoring.calibration.model, "calibration": self._note}
        page = Output.beside(Origin("magnify", hashes, decisive), self._page)
        try:
            if not self._settings.overwrite and page.kept() is not None:
                print_kept([self._page])
                return ExitCode.FINE
            page.write(
                {"images": gallery.count},
                lambda part: gallery.write(
                    part, self._settings.record, note=self._note, sort=self._order
                ),
            )
        except PerceptAdvError as error:
            print_failure("", error)
            return ExitCode.SOME_FAILED
        return ExitCode.FINE
