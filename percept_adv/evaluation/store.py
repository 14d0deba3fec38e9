"""The folder of a run: a database and pictures, safe against being killed at any moment.

Each outcome is one transaction, whose picture is on the disk before it. Several processes of
one machine may write: `Claims` part the work among them, and should two do the same all the same,
the first to commit an outcome wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.errors import RunError
from percept_adv.evaluation.configuration import Configuration
from percept_adv.evaluation.database import RunDatabase, connect, told_as_ours
from percept_adv.evaluation.schema import DATABASE, ITEM_COLUMNS, check_format, create_tables
from percept_adv.images import atomic_write, make_folder, write_png

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from percept_adv.evaluation.dataset import Sample
    from percept_adv.evaluation.work import Finished


class RunStore(RunDatabase):
    """A run folder that is open; see `RunStore.begin` and `RunStore.open`.

    Parameters
    ----------
    folder
        The run's folder.
    connection
        To its database.

    Attributes
    ----------
    folder : Path
    configuration : Configuration
        All images and attacks of the run.
    wanted : Configuration
        Those that it was opened for.

    Notes
    -----
    Every method that reads or writes the database raises `OutputError` where it cannot be used, and
    `RunError` where the file is no database of a run.

    Examples
    --------
    >>> from percept_adv.evaluation import Configuration, RunStore, open_dataset
    >>> from percept_adv.evaluation import plan_variants, run_here
    >>> from percept_adv.labels import Classes
    >>> dataset = open_dataset("mnist-sample", Classes(10), limit=2)
    >>> variants = plan_variants(["fgsm"], {"fgsm": {"eps": 0.3}}, {})
    >>> wanted = Configuration.of(classifier, dataset, variants, batch_size=8, version="0.1.0")
    >>> run = RunStore.begin(folder / "run", wanted)
    >>> run_here(run, classifier, dataset.folder, lambda outcome: None)
    >>> len(run.records())
    2
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection
        self.configuration = self.wanted = self._read_configuration()
        self._names = self.configuration.picture_names()

    @classmethod
    def begin(cls, folder: Path, configuration: Configuration) -> RunStore:
        """Begin a run, go on with it, or add images and attacks to it.

        Parameters
        ----------
        folder
            Made where it is missing.
        configuration
            What is wanted.

        Returns
        -------
        RunStore
            Open.

        Raises
        ------
        RunError
            If what the folder holds contradicts the configuration; the message has the
            differences.
        OutputError
            If the folder cannot be written.
        """
        make_folder(folder)
        connection = connect(folder)
        with told_as_ours(folder):
            create_tables(connection)
            connection.execute(
                "INSERT OR IGNORE INTO run (id, version, configuration) VALUES (1, ?, ?)",
                (configuration.version, configuration.to_json()),
            )
        store = cls(folder, connection)
        store._grow(configuration)
        return store

    @classmethod
    def open(cls, folder: Path) -> RunStore:
        """Open a run that was begun.

        Parameters
        ----------
        folder
            Of the run.

        Returns
        -------
        RunStore
            Open.

        Raises
        ------
        RunError
            If there is none.
        """
        if not (folder / DATABASE).is_file():
            raise RunError(f"{folder} is no run folder: it has no {DATABASE}")
        connection = connect(folder)
        with told_as_ours(folder):
            check_format(connection)
        return cls(folder, connection)

    def _grow(self, configuration: Configuration) -> None:
        """Add what a configuration has more; several processes may do so at once."""
        with self.transaction() as connection:
            try:
                grown = self._read_configuration().grown(configuration)
            except RunError as error:
                raise RunError(
                    f"{self.folder} holds a run that this would contradict: {error}; repeat its "
                    "command, or choose another folder"
                ) from error
            connection.execute("UPDATE run SET configuration = ?", (grown.to_json(),))
        self.configuration, self.wanted = grown, configuration
        self._names = grown.picture_names()

    def _read_configuration(self) -> Configuration:
        with told_as_ours(self.folder):
            row = self._connection.execute("SELECT configuration FROM run").fetchone()
        if row is None:
            raise RunError(f"{self.folder} holds no begun run: run percept-adv evaluate first")
        try:
            return Configuration.from_json(row[0])
        except (ValueError, TypeError, KeyError) as error:
            raise RunError(
                f"{self.folder / DATABASE} holds no configuration that this version of percept-adv "
                "reads: begin a new folder"
            ) from error

    def original_path(self, sample: Sample) -> Path:
        """Return where an original lies, at the network's size.

        Parameters
        ----------
        sample
            An image of the run.

        Returns
        -------
        Path
            A PNG.
        """
        return self.folder / "originals" / f"{self._names[sample.file]}.png"

    def adversarial_path(self, key: str) -> Path:
        """Return where the adversarial image of an outcome lies.

        Parameters
        ----------
        key
            Of the outcome.

        Returns
        -------
        Path
            The file that was judged.

        Raises
        ------
        RunError
            If there is no such outcome.
        """
        picture = self._picture(key)
        if picture is None:
            raise RunError(f"{self.folder} has no outcome {key}: run percept-adv evaluate again")
        return self.folder / picture

    def is_finished(self, key: str) -> bool:
        """Whether an outcome is there, with its picture.

        Parameters
        ----------
        key
            Of the outcome.

        Returns
        -------
        bool
            False also where the picture is gone.
        """
        picture = self._picture(key)
        return picture is not None and (self.folder / picture).exists()

    def _picture(self, key: str) -> str | None:
        with told_as_ours(self.folder):
            row = self._connection.execute(
                "SELECT picture FROM item WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else str(row[0])

    def add(self, finished: Finished) -> None:
        """Commit an outcome; if another process was first, its outcome stays.

        Parameters
        ----------
        finished
            What came of an image.
        """
        original = self.original_path(finished.sample)
        if not original.exists():
            write_png(original, finished.original)
        with self.transaction():
            self._insert(finished)

    def _insert(self, finished: Finished) -> None:
        """Write the picture and the rows, unless both are there."""
        if self.is_finished(finished.key):
            return
        name = self._names[finished.sample.file]
        picture = f"adversarials/{finished.variant.folder}/{name}{finished.suffix}"
        with atomic_write(self.folder / picture) as part:
            part.write_bytes(finished.file)
        record = dict(finished.record)
        columns = {
            "key": finished.key,
            "image": finished.sample.sha256,
            "model": self.configuration.model_sha256,
            "attack": finished.variant.attack,
            "parameters": finished.variant.canonical,
            "version": self.configuration.version,
            "picture": picture,
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
        """Return the record of each outcome by its key; figures that do not exist are None.

        ``picture`` is where the adversarial image lies in the run.
        """
        columns = (*ITEM_COLUMNS, "picture")
        names = ", ".join(columns)
        with self.snapshot() as connection:
            items = connection.execute(f"SELECT key, {names} FROM item")  # noqa: S608
            records = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in items}
            for key, name, value in connection.execute("SELECT * FROM metric"):
                records[key][name] = value
        for record in records.values():
            for name in ("success", "already_misclassified"):
                record[name] = bool(record[name])
        return records
