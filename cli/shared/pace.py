"""How long an item takes, from what a run has done so far."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Seconds an item.

    The first report takes longer than others where code is compiled or a model is loaded for
    it, so that it foretells nothing. Once as much time again has passed, the pace since the
    start counts, or the one since the first report if that is faster: where several
    processes work, reports come in bursts, and the pace of a few is mostly too slow.

    Parameters
    ----------
    total : int
        Items in all.
    before : int
        Items that were found done, which tell nothing of the pace.
    """

    total: int
    before: int
    looking: float = 0.0
    """Seconds that went into finding them done."""
    _first: float | None = field(default=None, init=False)
    _reference: tuple[float, float] = field(default=(0.0, 0.0), init=False)
    _now: tuple[float, float] = field(default=(0.0, 0.0), init=False)

    def report(self, seconds: float, done: float) -> None:
        """Take in that so many items are done so many seconds after the start."""
        own_seconds, own = seconds - self.looking, done - self.before
        if own <= 0:
            return
        self._now = own_seconds, own
        if self._first is None:
            self._first = own_seconds
        # A burst may begin with the first report.
        if own_seconds <= 1.5 * self._first:
            self._reference = self._now

    def left(self, seconds: float) -> float | None:
        """Return the seconds left after so many seconds; None where nothing tells them yet."""
        own_seconds = seconds - self.looking
        if self._first is None or own_seconds < 2 * self._first:
            return None
        _, done = self._now
        pace = own_seconds / done
        since, were_done = self._reference
        if done > were_done and own_seconds - since >= self._first:
            pace = min(pace, (own_seconds - since) / (done - were_done))
        return pace * (self.total - self.before - done)
