"""What is written for a class, and the number that a model has for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of a model.

    Attributes
    ----------
    count
        How many there are; their numbers begin at 0.
    names
        Their names, where they are known.
    offset
        What numbers in tables are too high by: 1 where they begin at 1, or where 0 is a
        background class that the model does not have.
    """

    count: int
    names: Sequence[str] | None = None
    offset: int = 0

    def number(self, text: str) -> int:
        """Return the number of a class that is written as a number (7, 7.0) or a name.

        Parameters
        ----------
        text
            ``"7"``, ``"7.0"`` or a name.

        Returns
        -------
        int
            Counted from 0.

        Raises
        ------
        TableError
            If it is no class of the model; the message says what would be one.
        """
        written = _whole(text)
        if written is None:
            return self._named(text)
        number = written - self.offset
        if 0 <= number < self.count:
            return number
        shifted = f" with --label-offset {self.offset}" if self.offset else ""
        raise TableError(
            f"{text} is no class{shifted}: the model has {self.count}, numbered "
            f"{self.offset} to {self.count - 1 + self.offset}{self._counted_from(written)}"
        )

    def _counted_from(self, written: int) -> str:
        if written == self.count and self.offset == 0:
            return "; for labels that begin at 1 give --label-offset 1"
        if written == -1 and self.offset == 0:
            return "; for labels that begin at -1 give --label-offset -1"
        return ""

    def _named(self, text: str) -> int:
        if self.names is None:
            raise TableError(
                f"{text!r} is no number, and the model has no class names: give them with "
                "--class-names FILE, one a line in the order of the classes"
            )
        folded = text.casefold()
        places = [i for i, name in enumerate(self.names) if name.casefold() == folded]
        # Lists of ImageNet's names have synonyms: tench, Tinca tinca.
        places = places or [
            i
            for i, name in enumerate(self.names)
            if folded in (part.strip().casefold() for part in name.split(","))
        ]
        if len(places) == 1:
            return places[0]
        if places:
            raise TableError(
                f"{text!r} names the classes {', '.join(map(str, places))}: write the number"
            )
        shown = ", ".join(map(repr, self.names[:_SHOWN]))
        more = ", ..." if len(self.names) > _SHOWN else ""
        raise TableError(
            f"{text!r} is no class of the model, whose classes are called {shown}{more}: "
            "write these names or numbers, or give your names with --class-names FILE"
        )


def read_class_names(path: Path) -> list[str]:
    r"""Read names of classes: one a line, or a JSON list, or a JSON object by number.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    list of str
        In the order of the model's outputs.

    Raises
    ------
    TableError
        If the file cannot be read as that.

    Examples
    --------
    >>> from percept_adv.labels import read_class_names
    >>> file = folder / "names.txt"
    >>> _ = file.write_text("cat\ndog\n")
    >>> read_class_names(file)
    ['cat', 'dog']
    """
    wanted = "give one name a line in the order of the classes, or a JSON list"
    try:
        text = path.read_text(encoding="utf-8-sig")
        names = json.loads(text) if text.lstrip()[:1] in ("[", "{") else text.splitlines()
        if isinstance(names, dict):
            names = [names[str(number)] for number in range(len(names))]
    except (OSError, ValueError, KeyError) as error:
        raise TableError(f"{path} cannot be read as class names: {error}; {wanted}") from error
    names = [str(name).strip() for name in names]
    while names and not names[-1]:
        names.pop()
    if not names or not all(names):
        raise TableError(f"{path} has empty names: {wanted}")
    return names


def _whole(text: str) -> int | None:
    """Return the whole number that a text is, or None; spreadsheets write 7 as 7.0 or 7,0."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return int(value) if value.is_integer() else None
