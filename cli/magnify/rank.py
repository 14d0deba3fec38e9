"""Ordering a set of images by a number, which is all that it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv_cli.shared.detection import SMALLEST

if TYPE_CHECKING:
    from percept_adv_cli.shared.detection import Scoring

NOTE = (
    "No verdict. The RMS in flat areas differs five-fold between clean photographs. Strong attacks "
    "raise it by a fifth and more, faint and smooth ones hardly at all. Compare an image with its "
    "own original, or with others of the same camera and scene."
)


def note_of(scoring: Scoring | None) -> str:
    """Say what numbers of images cannot tell."""
    return NOTE if scoring is None else f"{NOTE} {scoring.note}"


@dataclass(frozen=True)
class Ranking:
    """Images in an order, the most unusual first.

    Attributes
    ----------
    by
        The number: ``rms_flat``, the greatest first, or the smallest quantile.
    entries
        Input and number of each image.
    note
        What the reader should bear in mind.
    """

    by: str
    entries: list[dict[str, Any]]
    note: str

    @classmethod
    def of(cls, records: list[dict[str, Any]], note: str) -> Ranking:
        """Order records by their smallest quantile where they have one."""
        by = SMALLEST if all(SMALLEST in record for record in records) else "rms_flat"
        sign = 1 if by == SMALLEST else -1
        ordered = sorted(records, key=lambda record: (sign * record[by], record["input"]))
        return cls(by, [{"input": one["input"], by: one[by]} for one in ordered], note)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON says of it."""
        return {"ranking": self.entries, "by": self.by, "note": self.note}

    def lines(self) -> list[str]:
        """Write it for people."""
        width = len(self.by)
        lines = [
            f"{place:>4}  {entry[self.by]:{width}.4f}  {entry['input']}"
            for place, entry in enumerate(self.entries, 1)
        ]
        return [f"rank  {self.by}  image", *lines, self.note]
