"""Which process works on which outcomes, so that several on one run share the work.

A claim is as alive as its owner: each owner holds the lock of a file, which the operating
system releases however the process ends.
"""

from __future__ import annotations

from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING
from uuid import uuid4

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path
    from sqlite3 import Connection
    from types import TracebackType
    from typing import Self

    from percept_adv.evaluation.store import RunStore

_PREFIX = "claims-"

_POLL = 0.5
"""Seconds between two looks at what other processes have finished."""


class Claims:
    """The claims of one owner in a run; a context, as long as which they are respected.

    Work is named by keys; ``is_finished`` says of a key whether its work is done.
    """

    def __init__(self, store: RunStore, is_finished: Callable[[str], bool]) -> None:
        self._store = store
        self._is_finished = is_finished
        self._owner = uuid4().hex
        self._lock = self._lock_of(self._owner)

    def __enter__(self) -> Self:
        # Nobody may find the file between its making and its locking.
        with self._store.transaction():
            self._lock.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._path(self._owner).unlink(missing_ok=True)

    @contextmanager
    def hold(self, keys: Collection[str]) -> Iterator[frozenset[str]]:
        """Hold those keys whose work is neither finished nor in hand elsewhere."""
        with self._store.transaction() as connection:
            others = self._others(connection)
            held = frozenset(
                key for key in keys if key not in others and not self._is_finished(key)
            )
            connection.executemany(
                "INSERT OR REPLACE INTO claim (key, owner) VALUES (?, ?)",
                [(key, self._owner) for key in held],
            )
        try:
            yield held
        finally:
            with self._store.transaction() as connection:
                connection.executemany("DELETE FROM claim WHERE key = ?", [(key,) for key in held])

    def free(self, keys: Collection[str]) -> list[str]:
        """Return the keys that nobody else holds."""
        with self._store.transaction() as connection:
            others = self._others(connection)
        return [key for key in keys if key not in others]

    def share(
        self,
        pending: Callable[[], Collection[str]],
        work: Callable[[list[str]], None],
        wait: Callable[[int], None],
    ) -> None:
        """Have work done until none is pending, and wait for what other processes have in hand.

        Should they die, their work is done here. ``wait`` is told how much all the others have.
        """
        while left := pending():
            if free := self.free(left):
                work(free)
            else:
                wait(len(left))
                sleep(_POLL)

    def _others(self, connection: Connection) -> set[str]:
        """Return what living owners hold, inside a transaction; forget those who have died."""
        living = [self._owner]
        for path in self._store.folder.glob(f"{_PREFIX}*.lock"):
            owner = path.stem.removeprefix(_PREFIX)
            if owner == self._owner:
                continue
            if self._is_alive(owner):
                living.append(owner)
            else:
                path.unlink(missing_ok=True)
        marks = ", ".join("?" * len(living))
        connection.execute(f"DELETE FROM claim WHERE owner NOT IN ({marks})", living)  # noqa: S608
        rows = connection.execute("SELECT key FROM claim WHERE owner != ?", (self._owner,))
        return {row[0] for row in rows}

    def _is_alive(self, owner: str) -> bool:
        try:
            with self._lock_of(owner):
                return False
        except Timeout:
            return True

    def _lock_of(self, owner: str) -> FileLock:
        return FileLock(self._path(owner), timeout=0)

    def _path(self, owner: str) -> Path:
        return self._store.folder / f"{_PREFIX}{owner}.lock"
