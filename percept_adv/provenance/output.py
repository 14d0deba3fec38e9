"""A result on disk with the record of what made it."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.errors import ExistingOutputError, OutputError
from percept_adv.images import atomic_write
from percept_adv.provenance.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

MADE_BY = "made_by"
"""The entry of a record that holds the origin and the hashes of the files."""

_PICTURES = frozenset({".png", ".jpg", ".jpeg"})
_BLOCK = 1 << 20


def record_beside(file: Path) -> Path:
    """Return where the record of a result lies: a.json for a.png, a.npy.json for a.npy.

    Parameters
    ----------
    file
        The result.

    Returns
    -------
    Path
        It ends in ``.json``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from percept_adv.provenance import record_beside
    >>> str(record_beside(Path("out/a.png")))
    'out/a.json'
    """
    if file.suffix.lower() in _PICTURES:
        return file.with_suffix(".json")
    return file.with_name(f"{file.name}.json")


@dataclass(frozen=True, slots=True)
class Output:
    """The files of one result, which are made together, and what they are made of.

    Attributes
    ----------
    files
        The paths to write; the first names the result in messages.
    record
        The JSON file that says what made them, usually `record_beside` the first.
    origin
        What would make them now.
    """

    files: tuple[Path, ...]
    record: Path
    origin: Origin

    @classmethod
    def beside(cls, origin: Origin, *files: Path) -> Output:
        """Describe files whose record lies beside the first.

        Parameters
        ----------
        origin
            What makes them.
        *files
            The paths to write.

        Returns
        -------
        Output
            Its record is `record_beside` the first.
        """
        return cls(files, record_beside(files[0]), origin)

    def kept(self) -> dict[str, Any] | None:
        """Return the record if the result exists and is the one that would be made now.

        Returns
        -------
        dict or None
            What `write` was given, with `MADE_BY`; None if the result has to be made.

        Raises
        ------
        ExistingOutputError
            If a file exists that something else has made, or that was changed since.
        OutputError
            If a folder stands where a file should.
        """
        present = [file for file in self.files if os.path.lexists(file)]
        for file in present:
            if file.is_dir():
                raise OutputError(f"{file} is a folder: choose another OUT, or move it away")
        record, earlier = self._read_record()
        if not present:
            return None
        if earlier is None:
            raise ExistingOutputError(present[0], "no record says what made it")
        if told := self.origin.differences_from(earlier):
            raise ExistingOutputError(present[0], f"it was made otherwise ({'; '.join(told)})")
        hashes = record[MADE_BY]["files"]
        for file in present:
            if hashes.get(self._name(file)) != file_sha256(file):
                raise ExistingOutputError(file, "it was changed after it was made")
        return record if len(present) == len(self.files) else None

    def _name(self, file: Path) -> str:
        """Return what the record calls a file: where it lies, seen from the record."""
        return os.path.relpath(file, self.record.parent).replace(os.sep, "/")

    def _read_record(self) -> tuple[dict[str, Any], Origin | None]:
        """Return the record and its origin: None where there is no record at all."""
        try:
            record = json.loads(self.record.read_text(encoding="utf-8"))
            return record, Origin.from_json(record[MADE_BY])
        except FileNotFoundError:
            return {}, None
        except NotADirectoryError:
            raise OutputError(
                f"a file stands where {self.record.parent} should be a folder: choose another place"
            ) from None
        except OSError as error:
            raise OutputError(f"cannot read {self.record}: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError):
            raise ExistingOutputError(
                self.record, "it is no record of what made a result"
            ) from None

    def write(
        self, figures: Mapping[str, Any], *writers: Callable[[Path], object]
    ) -> dict[str, Any]:
        """Write record and files, each whole or not at all; the record comes first.

        It holds the hash of each file, so that a result counts as made only if all files
        are there as they were written: also after a loss of power between two of them.

        Parameters
        ----------
        figures
            What else the record says: JSON values.
        *writers
            For each of `files` what writes it to the temporary path that it is called with.

        Returns
        -------
        dict
            The record.

        Raises
        ------
        OutputError
            If something cannot be written.
        """
        with ExitStack() as stack:
            hashes = {}
            for file, write in zip(self.files, writers, strict=True):
                part = stack.enter_context(atomic_write(file))
                write(part)
                hashes[self._name(file)] = file_sha256(part)
            record = {**figures, MADE_BY: {**self.origin.as_json(), "files": hashes}}
            with atomic_write(self.record) as part:
                part.write_text(json.dumps(record, indent=1, allow_nan=False), encoding="utf-8")
        return record


def file_sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, however large it is.

    Parameters
    ----------
    file
        The file.

    Returns
    -------
    str
        64 digits.

    Raises
    ------
    OutputError
        If it cannot be read.

    Examples
    --------
    >>> from percept_adv.provenance import file_sha256
    >>> file = folder / "a.txt"
    >>> _ = file.write_text("abc")
    >>> file_sha256(file)[:8]
    'ba7816bf'
    """
    digest = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise OutputError(f"cannot read {file}: {error.strerror or error}") from error
    return digest.hexdigest()
