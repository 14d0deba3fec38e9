"""The database of a run, safe against being killed at any moment.

Several processes of one machine may write: SQLite serialises them.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from percept_adv.errors import OutputError, RunError
from percept_adv.evaluation.network import Network
from percept_adv.evaluation.schema import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PATIENCE = 120.0
"""Seconds to wait for another process's transaction."""


class RunDatabase:
    """Transactions, settings, and what tested networks say of a run's outcomes.

    Attributes
    ----------
    folder : Path
        The run's folder.
    """

    folder: Path
    _connection: sqlite3.Connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the database for this process alone; keep all of what is written, or nothing.

        Yields
        ------
        sqlite3.Connection
            To the run's database.
        """
        with told_as_ours(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Read the database as it is at first, whatever other processes write meanwhile.

        Yields
        ------
        sqlite3.Connection
            To the run's database.
        """
        with told_as_ours(self.folder):
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("ROLLBACK")

    def add_network(self, network: Network) -> None:
        """Make a tested network known.

        Parameters
        ----------
        network
            The tested network.
        """
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO network VALUES (?, ?, ?, ?)",
                (network.id, network.name, network.given, network.preparation),
            )

    def networks(self) -> list[Network]:
        """Return the tested networks, by name."""
        with told_as_ours(self.folder):
            rows = self._connection.execute(
                "SELECT id, name, given, preparation FROM network "
                "ORDER BY name, given, preparation, id"
            )
            return [Network(*row) for row in rows]

    def add_transfers(self, network: Network, verdicts: Sequence[tuple[str, int, int]]) -> None:
        """Keep what a tested network says: (key, class before, class after) for each outcome.

        Parameters
        ----------
        network
            One that is known already.
        verdicts
            For each outcome.
        """
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO transfer VALUES (?, ?, ?, ?)",
                [(key, network.id, before, after) for key, before, after in verdicts],
            )

    def has_transfer(self, network: Network, key: str) -> bool:
        """Whether a tested network's verdict on an outcome is there.

        Parameters
        ----------
        network
            The tested network.
        key
            Of the outcome.

        Returns
        -------
        bool
            Whether it is.
        """
        with told_as_ours(self.folder):
            row = self._connection.execute(
                "SELECT 1 FROM transfer WHERE item = ? AND network = ?", (key, network.id)
            ).fetchone()
        return row is not None

    def transfers(self, network: Network) -> dict[str, tuple[int, int]]:
        """Return a tested network's classes before and after, by key.

        Parameters
        ----------
        network
            The tested network.

        Returns
        -------
        dict
            (before, after) for each key.
        """
        with told_as_ours(self.folder):
            rows = self._connection.execute(
                "SELECT item, label_before, label_after FROM transfer WHERE network = ?",
                (network.id,),
            )
            return {key: (before, after) for key, before, after in rows}

    def set(self, name: str, value: Any) -> None:
        """Keep how a run is to be shown, as JSON.

        Parameters
        ----------
        name
            Of the setting.
        value
            As JSON can hold it.
        """
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, json.dumps(value))
            )

    def get(self, name: str) -> Any:
        """Return what `set` has kept, or None.

        Parameters
        ----------
        name
            Of the setting.

        Returns
        -------
        Any
            Its value.
        """
        with told_as_ours(self.folder):
            row = self._connection.execute(
                "SELECT value FROM setting WHERE name = ?", (name,)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


def connect(folder: Path) -> sqlite3.Connection:
    """Return a connection to the database of a run's folder, which is made if there is none."""
    with told_as_ours(folder):
        return sqlite3.connect(folder / DATABASE, timeout=_PATIENCE, isolation_level=None)


@contextmanager
def told_as_ours(folder: Path) -> Iterator[None]:
    """Raise SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(f"cannot use {folder / DATABASE}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise RunError(f"{folder / DATABASE} is no database of a run: {error}") from error
