"""The folder of a run: a database and pictures, safe against being killed at any moment.

Each outcome is one transaction, whose picture is on the disk before it. Several processes of
one machine may write: SQLite serialises them, `Claims` part the work among them, and should
two do the same all the same, the first to commit an outcome wins.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from percept_adv.errors import OutputError, RunError
from percept_adv.evaluation.configuration import Configuration
from percept_adv.evaluation.schema import DATABASE, ITEM_COLUMNS, create_tables
from percept_adv.images import make_folder, write_png

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from percept_adv.evaluation.dataset import Sample
    from percept_adv.evaluation.variants import Variant
    from percept_adv.evaluation.work import Finished

_PATIENCE = 120.0
"""Seconds to wait for another process's transaction."""


class RunStore:
    """A run folder that is open; see `RunStore.begin` and `RunStore.open`."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection
        with _told(folder):
            row = connection.execute("SELECT configuration FROM run").fetchone()
        if row is None:
            raise RunError(f"{folder} holds no begun run: run percept-adv evaluate first")
        self.configuration = Configuration.from_json(row[0])

    @classmethod
    def begin(cls, folder: Path, configuration: Configuration) -> RunStore:
        """Begin a run, or go on with one of the same configuration.

        Raises
        ------
        RunError
            If the folder holds a run of another configuration; the message has the differences.
        OutputError
            If the folder cannot be written.
        """
        make_folder(folder)
        connection = _connect(folder)
        with _told(folder):
            create_tables(connection)
            connection.execute(
                "INSERT OR IGNORE INTO run (id, version, configuration) VALUES (1, ?, ?)",
                (configuration.version, configuration.to_json()),
            )
        store = cls(folder, connection)
        differences = store.configuration.differences(configuration)
        if differences:
            raise RunError(
                f"{folder} belongs to another configuration: {'; '.join(differences)}; "
                "repeat its command, or choose another folder"
            )
        return store

    @classmethod
    def open(cls, folder: Path) -> RunStore:
        """Open a run that was begun.

        Raises
        ------
        RunError
            If there is none.
        """
        if not (folder / DATABASE).is_file():
            raise RunError(f"{folder} is no run folder: it has no {DATABASE}")
        return cls(folder, _connect(folder))

    def original_path(self, sample: Sample) -> Path:
        """Return where an original lies, at the network's size."""
        return self.folder / "originals" / f"{sample.sha256[:32]}.png"

    def adversarial_path(self, key: str) -> Path:
        """Return where an adversarial image lies."""
        return self.folder / "adversarials" / f"{key[:32]}.png"

    def is_finished(self, key: str) -> bool:
        """Whether an outcome is there, with its picture."""
        with _told(self.folder):
            row = self._connection.execute("SELECT 1 FROM item WHERE key = ?", (key,)).fetchone()
        return row is not None and self.adversarial_path(key).exists()

    def add(self, finished: Finished) -> None:
        """Commit an outcome; if another process was first, its outcome stays."""
        original = self.original_path(finished.sample)
        if not original.exists():
            write_png(original, finished.original)
        with self.transaction():
            self._insert(finished)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the database for this process alone; keep all of what is written, or nothing."""
        with _told(self.folder):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _insert(self, finished: Finished) -> None:
        """Write the picture and the rows, unless both are there."""
        if self.is_finished(finished.key):
            return
        write_png(self.adversarial_path(finished.key), finished.stored)
        record = dict(finished.record)
        columns = {
            "key": finished.key,
            "image": finished.sample.sha256,
            "model": self.configuration.model_sha256,
            "attack": finished.variant.attack,
            "parameters": finished.variant.canonical,
            "version": self.configuration.version,
            **{name: record.pop(name) for name in ITEM_COLUMNS},
        }
        marks = ", ".join("?" * len(columns))
        self._connection.execute(
            f"INSERT OR REPLACE INTO item ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608
            list(columns.values()),
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO metric (item, name, value) VALUES (?, ?, ?)",
            [(finished.key, name, value) for name, value in record.items()],
        )

    def records(self) -> dict[str, dict[str, Any]]:
        """Return the record of each outcome by its key; figures that do not exist are None."""
        names = ", ".join(ITEM_COLUMNS)
        with _told(self.folder):
            items = self._connection.execute(f"SELECT key, {names} FROM item")  # noqa: S608
            records = {row[0]: dict(zip(ITEM_COLUMNS, row[1:], strict=True)) for row in items}
            for key, name, value in self._connection.execute("SELECT * FROM metric"):
                records[key][name] = value
        for record in records.values():
            for name in ("success", "already_misclassified"):
                record[name] = bool(record[name])
        return records

    def outcomes(self, variant: Variant) -> list[tuple[Sample, str]]:
        """Return each image of the run with the key of its outcome."""
        return [
            (sample, self.configuration.key(sample, variant))
            for sample in self.configuration.samples
        ]

    def add_transfers(
        self, network: str, model: str, verdicts: Sequence[tuple[str, int, int]]
    ) -> None:
        """Keep what a tested network says: (key, class before, class after) for each outcome.

        Verdicts of another model under the same name are replaced.
        """
        with self.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO transfer VALUES (?, ?, ?, ?, ?)",
                [(key, network, model, before, after) for key, before, after in verdicts],
            )

    def has_transfer(self, network: str, model: str, key: str) -> bool:
        """Whether a tested network's verdict on an outcome is there."""
        with _told(self.folder):
            row = self._connection.execute(
                "SELECT 1 FROM transfer WHERE item = ? AND network = ? AND model = ?",
                (key, network, model),
            ).fetchone()
        return row is not None

    def transfers(self) -> dict[str, dict[str, tuple[int, int]]]:
        """Return for each tested network the classes before and after, by key."""
        verdicts: dict[str, dict[str, tuple[int, int]]] = {}
        with _told(self.folder):
            rows = self._connection.execute(
                "SELECT network, item, label_before, label_after FROM transfer ORDER BY network"
            )
            for network, key, before, after in rows:
                verdicts.setdefault(network, {})[key] = (before, after)
        return verdicts

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


def _connect(folder: Path) -> sqlite3.Connection:
    with _told(folder):
        return sqlite3.connect(folder / DATABASE, timeout=_PATIENCE, isolation_level=None)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Raise SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OutputError(f"cannot use {folder / DATABASE}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise RunError(f"{folder / DATABASE} is no database of a run: {error}") from error
