"""What each page wants to see now: computations of anything else are given up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


class Superseded(Exception):  # noqa: N818 (an answer, not a failure)
    """Something else was asked for while this was being computed."""


def always_wanted() -> None:
    """Let a computation go on whatever is asked for: the check of what no page waits for."""


class Wanted:
    """The last wish of each asker; requests may arrive in another order than they were sent."""

    def __init__(self) -> None:
        self._last: dict[Hashable, tuple[int, Hashable]] = {}
        self._lock = threading.Lock()

    def ask(self, asker: Hashable, wish: Hashable, turn: int) -> Callable[[], None]:
        """Note a wish, and return a function that raises once the asker has another.

        Parameters
        ----------
        asker
            Who wants one thing at a time.
        wish
            What; the same wish again does not end its computation.
        turn
            Counts the asker's wishes: an older one does not replace a newer one.

        Returns
        -------
        function
            Raises `Superseded`.
        """
        with self._lock:
            newest, _ = self._last.get(asker, (turn, None))
            if turn >= newest:
                self._last[asker] = turn, wish

        def check() -> None:
            if self._last[asker][1] != wish:
                raise Superseded

        return check
