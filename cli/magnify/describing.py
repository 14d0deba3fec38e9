"""A run of ``percept-adv magnify`` that also describes images: --json, --rank and --html."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from percept_adv_cli.magnify.rank import Ranking, note_of
from percept_adv_cli.magnify.run import MagnifyRun

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv_cli.magnify.items import Item
    from percept_adv_cli.magnify.page import Page
    from percept_adv_cli.magnify.settings import Settings
    from percept_adv_cli.magnify.view import View
    from percept_adv_cli.shared.detection import Scoring
    from percept_adv_cli.shared.outputs import Record


class DescribingRun(MagnifyRun):
    """Describes images, those too whose results are kept.

    At the end all are shown on ``page``, and ``ranked`` is called with their order.
    """

    def __init__(
        self,
        settings: Settings,
        scoring: Scoring | None,
        *,
        page: Page | None,
        ranked: Callable[[Ranking], None] | None,
    ) -> None:
        super().__init__(settings)
        self._scoring, self._page, self._ranked = scoring, page, ranked
        self._records: list[Record] = []

    def make(self, item: Item) -> Record:
        """Magnify, write and describe one image."""
        started = time.perf_counter()
        view = self.view(item)
        return self._described(item, self.write(item, view), view, started)

    def recall(self, item: Item, record: Record) -> Record:
        """Magnify and describe an image whose result is there."""
        started = time.perf_counter()
        return self._described(item, record, self.view(item), started)

    def _described(self, item: Item, record: Record, view: View, started: float) -> Record:
        image, *reference = view.describe()
        shown = {"low": view.shown.low, "high": view.shown.high}
        told: dict[str, Any] = {
            **record,
            **image,
            "parameters": {**self.settings.record, **shown},
            "seconds": round(time.perf_counter() - started, 3),
        }
        if reference:
            told["reference"] = {"input": str(item.reference), **reference[0]}
        if self._scoring is not None:
            told |= self._scoring.describe(item.path)
        self._records.append(told)
        if self._page is not None:
            self._page.add(item, told, view)
        return told

    def finish(self) -> None:
        """Rank all images, and write their page."""
        if self._ranked is not None and self._records:
            self._ranked(Ranking.of(self._records, note_of(self._scoring)))
        if self._page is not None:
            self._page.write()
