"""How far a command is: a bar on a terminal, a line now and then in a log.

Both count finished items, and between them what is done of the items in work; the time left
is estimated from what this run has done itself, not from what it found done.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from shutil import get_terminal_size
from time import monotonic
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Seconds to the first line in a log; each pause is so many times longer than the last.
_FIRST_LINE, _LONGER, _LONGEST = 10.0, 1.5, 600.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands: ``done`` of ``total`` items, ``before`` of them before it began.

    ``looking`` of the ``seconds`` went into items that were found done.
    """

    name: str
    total: int
    before: int
    done: float
    seconds: float
    note: str
    looking: float = 0.0

    @property
    def whole(self) -> int:
        """Items that are finished: parts add up to them less what rounding takes."""
        return int(self.done + 1e-6)

    @property
    def left(self) -> str:
        """The time left, by the mean since the start: several processes finish in bursts."""
        own = self.done - self.before
        rate = (self.seconds - self.looking) / own if own > 0 else None
        return "?" if rate is None else _clock(rate * (self.total - self.done))

    def line(self) -> str:
        """Return a line for a log."""
        share = self.done / self.total if self.total else 1.0
        told = f"{self.name}: " if self.name else ""
        told += f"{self.whole} of {self.total} ({share:.0%}), {_clock(self.seconds)} passed"
        told += f", about {self.left} left" if self.whole < self.total else ""
        return f"{told}; {self.note}" if self.note else told


def _clock(seconds: float) -> str:
    """Return seconds as 1:02:03 or 2:03."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


class _View(Protocol):
    """Where progress is shown."""

    def show(self, standing: Standing) -> None: ...

    def close(self, standing: Standing) -> None: ...


class _Bar:
    """A bar at the foot of a terminal."""

    def __init__(self, standing: Standing) -> None:
        from tqdm import tqdm

        # A terminal that does not know its size would get a bar of none.
        columns, rows = get_terminal_size()
        self._bar = tqdm(
            total=standing.total, initial=standing.before,
            file=sys.stderr, miniters=0, bar_format=_layout(standing),
            ncols=columns, nrows=rows,
        )  # fmt: skip

    def show(self, standing: Standing) -> None:
        self._bar.bar_format = _layout(standing)
        self._bar.update(standing.done - self._bar.n)

    def close(self, standing: Standing) -> None:
        self._bar.bar_format = _layout(standing)
        self._bar.close()


def _layout(standing: Standing) -> str:
    """Return tqdm's format with what it would count otherwise."""
    note = f", {_plain(standing.note)}" if standing.note else ""
    counted = f"{standing.whole}/{standing.total} [{{elapsed}}<{standing.left}{note}]"
    name = f"{_plain(standing.name)}: " if standing.name else ""
    return f"{name}{{percentage:3.0f}}%|{{bar}}| {counted}"


def _plain(text: str) -> str:
    """Return a text that a format leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


class _Log:
    """Lines, at growing distances."""

    def __init__(self, _: Standing) -> None:
        self._pause = self._next = _FIRST_LINE
        self._told: Standing | None = None

    def show(self, standing: Standing) -> None:
        if standing.seconds < self._next:
            return
        self._pause = min(self._pause * _LONGER, _LONGEST)
        self._next = standing.seconds + self._pause
        self._print(standing)

    def close(self, standing: Standing) -> None:
        # What was over before the first line needs none, and no end is told twice.
        if self._told is not None and self._told.done < standing.done:
            self._print(standing)

    def _print(self, standing: Standing) -> None:
        self._told = standing
        print(f"percept-adv: {standing.line()}", file=sys.stderr, flush=True)  # noqa: T201


class _Nowhere:
    """Shows nothing."""

    def __init__(self, _: Standing) -> None: ...

    def show(self, standing: Standing) -> None: ...

    def close(self, standing: Standing) -> None: ...


class Progress:
    """What a command tells of its progress while it works."""

    def __init__(
        self, total: int, *, name: str, before: int, view: Callable[[Standing], _View]
    ) -> None:
        self._total, self._name, self._before = total, name, before
        self._finished = self._done = float(before)
        self._note = ""
        self._begin = self._last = monotonic()
        self._looking = 0.0
        self._view = view(self._standing())

    def update(self, count: int = 1) -> None:
        """Count items that are finished."""
        self._move(self._finished + count)

    def skip(self, count: int) -> None:
        """Count items that are found done: they say nothing of the time that others take."""
        self._before += count
        self._looking += monotonic() - self._last
        self._move(self._finished + count)

    def finish_all_but(self, left: int) -> None:
        """Count all items as finished but those that others have in work."""
        self._move(self._total - left)

    def within(self, share: float) -> None:
        """Tell how much is done of the items in work, in items: 1.5 of three at the half."""
        self._done = min(max(self._done, self._finished + share), self._total)
        self._view.show(self._standing())

    def note(self, text: str) -> None:
        """Say in a few words what is being done; shown with the next update."""
        self._note = text

    def close(self) -> None:
        """Leave the bar, or the last line, as it is."""
        self._view.close(self._standing())

    def _standing(self) -> Standing:
        seconds = monotonic() - self._begin
        return Standing(
            self._name, self._total, self._before, self._done, seconds, self._note, self._looking
        )

    def _move(self, finished: float) -> None:
        self._last = monotonic()
        self._finished = min(max(finished, self._finished), self._total)
        # Never back: what is finished early was in work to a greater part than was told.
        self._done = max(self._done, self._finished)
        self._view.show(self._standing())


@contextmanager
def progress(
    total: int, *, description: str = "", finished: int = 0, quiet: bool = False
) -> Iterator[Progress]:
    """Tell on stderr of the progress of ``total`` items, ``finished`` of which were done before.

    On a terminal that is a bar; elsewhere a line after ten seconds and then at growing
    distances, so that the log of a day has some hundred and fifty.
    """
    view = _Nowhere if quiet else _Bar if sys.stderr.isatty() else _Log
    told = Progress(total, name=description, before=finished, view=view)
    try:
        yield told
    finally:
        told.close()
