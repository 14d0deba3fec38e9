"""Which process works on which outcomes, so that several on one run share the work.

A claim is as alive as its owner: each owner holds the lock of a file, which the operating
system releases however the process ends.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from sqlite3 import Connection
    from types import TracebackType
    from typing import Self

    from .store import RunStore
    from .work import Task

_PREFIX = "claims-"


class Claims:
    """The claims of one owner in a run; a context, as long as which they are respected."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
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
    def hold(self, task: Task) -> Iterator[Task]:
        """Hold the part of a task that is neither finished nor in work elsewhere."""
        keys = [key for key, _ in task.samples]
        with self._store.transaction() as connection:
            others = self._others(connection)
            taken = {key for key in keys if key not in others and not self._store.is_finished(key)}
            connection.executemany(
                "INSERT OR REPLACE INTO claim (key, owner) VALUES (?, ?)",
                [(key, self._owner) for key in taken],
            )
        try:
            yield replace(task, samples=tuple(pair for pair in task.samples if pair[0] in taken))
        finally:
            with self._store.transaction() as connection:
                connection.executemany("DELETE FROM claim WHERE key = ?", [(key,) for key in taken])

    def free(self, tasks: list[Task]) -> list[Task]:
        """Return the parts of tasks that are not in work elsewhere."""
        with self._store.transaction() as connection:
            others = self._others(connection)
        left = (
            replace(task, samples=tuple(pair for pair in task.samples if pair[0] not in others))
            for task in tasks
        )
        return [task for task in left if task.samples]

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
