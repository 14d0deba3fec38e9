"""Who computes first: what is being looked at, before what may be looked at later."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Precedence:
    """Counts the requests for visible tiles; background work waits while there are any."""

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

    def give_way(self, patience: float = 2.0) -> None:
        """Wait until nothing urgent is left, though not forever."""
        with self._changed:
            self._changed.wait_for(lambda: self._urgent == 0, timeout=patience)
