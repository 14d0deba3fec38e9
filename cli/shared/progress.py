"""How far a command is: a bar on a terminal, a line now and then in a log.

Both count finished items, and between them what is done of the items in work; the time left
is estimated from what this run has done itself, not from what it found done.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from percept_adv_cli.shared.pace import Pace
from percept_adv_cli.shared.progress_views import Bar, Log, Nowhere, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from percept_adv_cli.shared.progress_views import View


class Progress:
    """What a command tells of its progress while it works."""

    def __init__(
        self, total: int, *, name: str, before: int, view: Callable[[Standing], View]
    ) -> None:
        self._total, self._name, self._before = total, name, before
        self._pace = Pace(total, before)
        self._finished = self._done = float(before)
        self._note = ""
        self._begin = self._last = monotonic()
        self._view = view(self._standing())

    def update(self, count: int = 1) -> None:
        """Count items that are finished."""
        self._move(self._finished + count)

    def skip(self, count: int) -> None:
        """Count items that are found done: they say nothing of the time that others take."""
        self._pace.before += count
        self._pace.looking += monotonic() - self._last
        self._move(self._finished + count)

    def finish_all_but(self, left: int) -> None:
        """Count all items as finished but those that others have in work."""
        self._move(self._total - left)

    def within(self, share: float) -> None:
        """Tell how much is done of the items in work, in items: 1.5 of three at the half."""
        self._show(min(max(self._done, self._finished + share), self._total))

    def note(self, text: str) -> None:
        """Say in a few words what is being done; shown with the next update."""
        self._note = text

    def close(self) -> None:
        """Leave the bar, or the last line, as it is."""
        self._view.close(self._standing())

    def _standing(self) -> Standing:
        seconds = monotonic() - self._begin
        left = self._pace.left(seconds)
        return Standing(
            self._name, self._total, self._before, self._done, seconds, self._note, left
        )

    def _move(self, finished: float) -> None:
        self._last = monotonic()
        self._finished = min(max(finished, self._finished), self._total)
        # Never back: what is finished early was in work to a greater part than was told.
        self._show(max(self._done, self._finished))

    def _show(self, done: float) -> None:
        self._done = done
        self._pace.report(monotonic() - self._begin, done)
        self._view.show(self._standing())


@contextmanager
def progress(
    total: int, *, description: str = "", finished: int = 0, quiet: bool = False
) -> Iterator[Progress]:
    """Tell on stderr of the progress of ``total`` items, ``finished`` of which were done before.

    On a terminal that is a bar; elsewhere a line after ten seconds and then at growing
    distances, so that the log of a day has some hundred and fifty.
    """
    view = Nowhere if quiet else Bar if sys.stderr.isatty() else Log
    told = Progress(total, name=description, before=finished, view=view)
    try:
        yield told
    finally:
        told.close()
