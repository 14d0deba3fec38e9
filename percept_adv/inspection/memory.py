"""A store of computed arrays that forgets the least recently used beyond a size."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Values by key, at most ``budget`` bytes of them; each is computed once.

    Threads that ask for a value that another computes wait for it. The last value is kept
    whatever its size.
    """

    def __init__(self, budget: int, size_of: Callable[[Value], int]) -> None:
        self._budget, self._size_of = budget, size_of
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()
        self._computing: dict[Hashable, threading.Lock] = {}

    def known(self, key: Hashable) -> Value | None:
        """Return a value if it is there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return a value, computing it if it is not there; an exception leaves nothing behind."""
        with self._lock:
            turn = self._computing.setdefault(key, threading.Lock())
        try:
            with turn:
                value = self.known(key)
                if value is None:
                    value = compute()
                    self._keep(key, value)
                return value
        finally:
            with self._lock:
                self._computing.pop(key, None)

    def _keep(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._values[key] = value
            total = sum(self._size_of(one) for one in self._values.values())
            while total > self._budget and len(self._values) > 1:
                _, forgotten = self._values.popitem(last=False)
                total -= self._size_of(forgotten)


def bytes_of(arrays: Any) -> int:
    """Return the memory of a sequence of arrays."""
    return int(sum(array.nbytes for array in arrays))
