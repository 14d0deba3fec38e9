"""What is written for a set of independent labels, and the goal that a model has for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.errors import TableError

if TYPE_CHECKING:
    from percept_adv.labels.classes import Classes

NOTHING = "none"
"""Stands for the empty set."""

_EITHER = -1


@dataclass(frozen=True, slots=True)
class LabelSets:
    """Sets of labels of a model whose labels are independent of each other.

    Attributes
    ----------
    classes
        The single labels.
    """

    classes: Classes

    @property
    def count(self) -> int:
        """How many labels there are."""
        return self.classes.count

    def number(self, text: str) -> tuple[int, ...]:
        """Return 1 (on), 0 (off) or -1 (either) for each label.

        ``"3 7"``, ``"cat; dog"`` or ``"none"`` says all: labels that are not named are off. With
        signs, ``"+3 -7"``, only the named labels are meant.

        Parameters
        ----------
        text
            Numbers with spaces between them, or names with semicolons.

        Returns
        -------
        tuple of int
            As long as there are labels.

        Raises
        ------
        TableError
            If a label is none of the model's, or named twice.
        """
        parts = _parts(text)
        signed = [part for part in parts if part[0] in "+-"]
        if signed and len(signed) != len(parts):
            raise TableError(
                f"{text!r} has labels with and without a sign: write +3 -7 for single labels to "
                "turn on and off, or 3 7 for all that are on"
            )
        goal = [_EITHER if signed else 0] * self.count
        named = [self.classes.number(part.lstrip("+-").strip()) for part in parts]
        if len(set(named)) != len(named):
            raise TableError(f"{text!r} names a label twice")
        for part, label in zip(parts, named, strict=True):
            goal[label] = 0 if part[0] == "-" else 1
        return tuple(goal)


def _parts(text: str) -> list[str]:
    """Split at semicolons and bars; numbers also at blanks, as names hold those themselves."""
    if text.strip().casefold() == NOTHING:
        return []
    if re.fullmatch(r"[+\-\d\s]+", text):
        return text.split()
    return [part.strip() for part in re.split(r"[;|]", text) if part.strip()]
