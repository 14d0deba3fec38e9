"""Who computes first: what is being looked at, before what may be looked at later."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from percept_adv.threads import for_each_band

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from percept_adv.magnification.region import EachBand


class Precedence:
    """Counts the requests for what is visible; background work waits while there are any."""

    def __init__(self) -> None:
        self._urgent = 0
        self._changed = threading.Condition()

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """Do the work of the block before all background work."""
        with self._changed:
            self._urgent += 1
        try:
            yield
        finally:
            with self._changed:
                self._urgent -= 1
                self._changed.notify_all()

    def each_band(self, check: Callable[[], None]) -> EachBand:
        """Return how background work goes through bands: it checks and gives way before each.

        On threads of its own: what is urgent must not queue behind bands that wait.
        """

        def each(function: Callable[[int, int], None], rows: int, *, band: int) -> None:
            def one(start: int, stop: int) -> None:
                check()
                self.give_way()
                function(start, stop)

            for_each_band(one, rows, band=band, purpose="background")

        return each

    def give_way(self, patience: float = 2.0) -> None:
        """Wait until nothing urgent is left, though not forever."""
        with self._changed:
            self._changed.wait_for(lambda: self._urgent == 0, timeout=patience)


def each_band_checked(*checks: Callable[[], None], purpose: str = "bands") -> EachBand:
    """Return how urgent work goes through bands: it checks before each."""

    def each(function: Callable[[int, int], None], rows: int, *, band: int) -> None:
        def one(start: int, stop: int) -> None:
            for check in checks:
                check()
            function(start, stop)

        for_each_band(one, rows, band=band, purpose=purpose)

    return each
