"""What reading has to say of images, told once for each kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from percept_adv_cli.shared.messages import print_note

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(slots=True)
class Notes:
    """Tells each note for the first image that it is true of; records have them all."""

    told: set[str] = field(default_factory=set)

    def tell(self, notes: Iterable[str], *paths: Path | str) -> None:
        """Print the notes that were not told before, of whatever ``paths`` and numbers."""
        for note in notes:
            kind = note
            for path in paths:
                kind = kind.replace(str(path), "")
            kind = "".join(letter for letter in kind if not letter.isdigit())
            if kind not in self.told:
                self.told.add(kind)
                print_note(note)
