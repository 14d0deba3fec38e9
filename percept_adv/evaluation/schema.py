"""The tables of a run's database."""

from __future__ import annotations

import sqlite3
import time

from percept_adv.errors import RunError

DATABASE = "run.sqlite"
FORMAT = 4
"""Of the tables below and of the configuration; a database of another one is not read."""

ITEM_COLUMNS = (
    "success",
    "already_misclassified",
    "label",
    "label_before",
    "label_after",
    "forward_count",
    "backward_count",
    "seconds",
)
"""What an item keeps of an outcome's record; all else are metrics."""

_TABLES = f"""
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY CHECK (id = 1), version TEXT NOT NULL, configuration TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS item (
    key TEXT PRIMARY KEY, image TEXT NOT NULL, model TEXT NOT NULL, attack TEXT NOT NULL,
    parameters TEXT NOT NULL, version TEXT NOT NULL, picture TEXT NOT NULL,
    {" NOT NULL, ".join(ITEM_COLUMNS)} NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metric (
    item TEXT NOT NULL REFERENCES item (key), name TEXT NOT NULL, value REAL,
    PRIMARY KEY (item, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claim (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS network (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, given TEXT NOT NULL, preparation TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transfer (
    item TEXT NOT NULL, network TEXT NOT NULL REFERENCES network (id),
    label_before INTEGER NOT NULL, label_after INTEGER NOT NULL, PRIMARY KEY (item, network)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {FORMAT};
"""

_TRIES = 50


def create_tables(connection: sqlite3.Connection) -> None:
    """Create what is not there; the write-ahead log lets others read while one writes.

    Raises
    ------
    RunError
        If there is a run of another format.
    """
    check_format(connection)
    for left in reversed(range(_TRIES)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            # Changing the mode does not wait for the other processes by itself.
            if left == 0:
                raise
            time.sleep(0.1)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_TABLES)


def check_format(connection: sqlite3.Connection) -> None:
    """Raise ``RunError`` if a database holds a run in another format."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    begun = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'run'").fetchone()
    if begun and found != FORMAT:
        raise RunError(
            f"the run was written in format {found}, and this version of percept-adv reads "
            f"{FORMAT}: begin a new folder"
        )
