"""One run of ``percept-adv magnify`` over a set of images."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from percept_adv_cli.magnify.picture import Magnified, cut, write_picture, write_values
from percept_adv_cli.magnify.rank import NOTE, ranked, ranking_lines
from percept_adv_cli.magnify.settings import Item, Settings, items_of
from percept_adv_cli.shared.common import ExitCode, print_error, print_json, run_batch

from percept_adv.errors import ShapeError
from percept_adv.images import to_uint8
from percept_adv.magnification import (
    Range,
    flat_areas,
    viewing_range,
)
from percept_adv.report.gallery import Entry, write_gallery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class MagnifyRun:
    """Reads, magnifies, writes and reports image by image."""

    def __init__(self, inputs: Sequence[Path], output: Path, settings: Settings) -> None:
        self._settings = settings
        self._items = items_of(inputs, output, settings)
        single = len(self._items) == 1 and self._items[0].output == output
        self._page = (output.parent if single else output) / "index.html"
        self._records: list[dict[str, Any]] = []
        self._entries: list[Entry] = []
        self._reference = lru_cache(maxsize=1)(self._magnified)
        self._common: Range | None = None
        self._described = settings.as_json or settings.rank or settings.html

    def execute(self) -> ExitCode:
        """Do all images; those that fail are named and left out."""
        items, outcome = self._items, ExitCode.FINE
        if self._settings.norm == "set":
            items, outcome = self._measure_set()
        outcome = max(outcome, self._each(items, self._make, "magnify"))
        self._finish()
        return outcome

    def _each(self, items: list[Item], work: Any, description: str) -> ExitCode:
        return run_batch(
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

    def _make(self, item: Item) -> None:
        item.check()
        settings = self._settings
        kept = item.output.exists() and not settings.overwrite
        if kept and not self._described:
            return
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
        settings = self._settings
        outputs = [item.output, item.reference_output]
        signals = [cut(one.signal, settings.crop) for one in loaded]
        # The reference first: a result that exists counts as finished.
        for output, signal in reversed(list(zip(outputs, signals, strict=False))):
            if settings.float_format:
                write_values(output, signal)
            elif output == item.output and settings.side_by_side:
                write_picture(output, self._panels(loaded, shown))
            else:
                write_picture(output, [shown.render_8bit(signal)])

    def _panels(self, loaded: list[Magnified], shown: Range) -> list[NDArray[np.uint8]]:
        """Return the image as it is, then all that was magnified."""
        original = cut(loaded[0].image.samples, self._settings.crop)
        if original.dtype != np.uint8:
            scale = 1 if original.dtype.kind == "f" else np.iinfo(original.dtype).max
            original = to_uint8(original / scale)
        signals = [cut(one.signal, self._settings.crop) for one in loaded]
        return [original, *(shown.render_8bit(signal) for signal in signals)]

    def _report(
        self, item: Item, loaded: list[Magnified], shown: Range, kept: Any, seconds: float
    ) -> None:
        for one in loaded:
            for warning in one.image.warnings:
                click.echo(f"percept-adv: note: {one.image.path}: {warning}", err=True)
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
        self._records.append(record)
        if self._settings.as_json:
            print_json(record)
        if self._settings.html:
            self._entries.append(Entry.of(record, self._panels(loaded, shown)))

    def _finish(self) -> None:
        settings = self._settings
        if settings.rank and self._records:
            if settings.as_json:
                print_json({"ranking": ranked(self._records), "by": "rms_flat", "note": NOTE})
            else:
                click.echo("\n".join(ranking_lines(self._records)))
        if settings.html and self._entries:
            if self._page.exists() and not settings.overwrite:
                print_error(f"{self._page} exists and is kept: --overwrite makes it again")
                return
            write_gallery(self._page, self._entries, settings.record, note=NOTE)
