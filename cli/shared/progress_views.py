"""Where a run stands, and where that is shown: as a bar, or as lines of a log."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import Protocol

# Seconds to the first line in a log; each pause is so many times longer than the last.
_FIRST_LINE, _LONGER, _LONGEST = 10.0, 1.5, 600.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands: ``done`` of ``total`` items after so many ``seconds``.

    ``before`` of them were done when it began; ``left`` are the seconds left, if known.
    """

    name: str
    total: int
    before: int
    done: float
    seconds: float
    note: str
    left: float | None

    @property
    def whole(self) -> int:
        """Items that are finished: parts add up to them less what rounding takes."""
        return int(self.done + 1e-6)

    def line(self) -> str:
        """Return a line for a log."""
        share = self.done / self.total if self.total else 1.0
        told = f"{self.name}: " if self.name else ""
        told += f"{self.whole} of {self.total} ({share:.0%}), {_clock(self.seconds)} passed"
        if self.left is not None and self.whole < self.total:
            told += f", about {_clock(self.left)} left"
        return f"{told}; {self.note}" if self.note else told


def _clock(seconds: float) -> str:
    """Return seconds as 1:02:03 or 2:03."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


class View(Protocol):
    """Where progress is shown."""

    def show(self, standing: Standing) -> None:
        """Show where a run stands."""

    def close(self, standing: Standing) -> None:
        """Show where it ends."""


class Bar:
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
        """Move the bar."""
        self._bar.bar_format = _layout(standing)
        self._bar.update(standing.done - self._bar.n)

    def close(self, standing: Standing) -> None:
        """Leave the bar as it is."""
        self._bar.bar_format = _layout(standing)
        self._bar.close()


def _layout(standing: Standing) -> str:
    """Return tqdm's format with what it would count otherwise."""
    note = f", {_plain(standing.note)}" if standing.note else ""
    left = "?" if standing.left is None else _clock(standing.left)
    counted = f"{standing.whole}/{standing.total} [{{elapsed}}<{left}{note}]"
    name = f"{_plain(standing.name)}: " if standing.name else ""
    return f"{name}{{percentage:3.0f}}%|{{bar}}| {counted}"


def _plain(text: str) -> str:
    """Return a text that a format leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


class Log:
    """Lines, at growing distances."""

    def __init__(self, _: Standing) -> None:
        self._pause = self._next = _FIRST_LINE
        self._told: Standing | None = None

    def show(self, standing: Standing) -> None:
        """Print a line, if the last one is old enough."""
        if standing.seconds < self._next:
            return
        self._pause = min(self._pause * _LONGER, _LONGEST)
        self._next = standing.seconds + self._pause
        self._print(standing)

    def close(self, standing: Standing) -> None:
        """Print the last line, if there was another."""
        # What was over before the first line needs none, and no end is told twice.
        if self._told is not None and self._told.done < standing.done:
            self._print(standing)

    def _print(self, standing: Standing) -> None:
        self._told = standing
        print(f"percept-adv: {standing.line()}", file=sys.stderr, flush=True)  # noqa: T201


class Nowhere:
    """Shows nothing."""

    def __init__(self, _: Standing) -> None: ...

    def show(self, standing: Standing) -> None:
        """Show nothing."""

    def close(self, standing: Standing) -> None:
        """Show nothing."""
