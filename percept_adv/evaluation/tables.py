"""Tables for people, spreadsheets, notes and papers."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings; a cell that is None or NaN stands empty.

    Attributes
    ----------
    title
        Above the table.
    columns
        The headings.
    rows
        As many cells each as there are headings.
    digits
        Those behind the point of numbers that are no integers; CSV has all digits.
    note
        What to see in the table.
    terms
        Words of the headings, each with its explanation.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    digits: int = 3
    note: str = ""
    terms: tuple[tuple[str, str], ...] = ()

    def to_csv(self) -> str:
        """Return comma-separated values, numbers with all their digits."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([[_exact(cell) for cell in row] for row in self.rows])
        return text.getvalue()

    def to_text(self) -> str:
        """Return columns for a terminal: the first to the left, numbers to the right."""
        cells = [list(self.columns), *self.cells()]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(_aligned(row, widths)).rstrip() for row in cells]
        return "\n".join([self.title, *lines])

    def to_markdown(self) -> str:
        """Return a table of GitHub's Markdown."""
        rule = ["---", *["---:"] * (len(self.columns) - 1)]
        rows = [self.columns, rule, *self.cells()]
        return "\n".join(
            "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows
        )

    def to_latex(self) -> str:
        """Return a tabular with the rules of the package booktabs."""
        head, *body = (
            " & ".join(map(_escaped, row)) + r" \\" for row in (self.columns, *self.cells())
        )
        layout = "l" + "r" * (len(self.columns) - 1)
        lines = [rf"\begin{{tabular}}{{{layout}}}", r"\toprule", head, r"\midrule", *body]
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])

    def cells(self) -> list[list[str]]:
        """Return the cells as they are shown."""
        return [[_shown(cell, self.digits) for cell in row] for row in self.rows]


def _shown(cell: Cell, digits: int) -> str:
    if cell is None or (isinstance(cell, float) and not isfinite(cell)):
        return ""
    return f"{cell:.{digits}f}" if isinstance(cell, float) else str(cell)


def _exact(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and not isfinite(cell)):
        return ""
    return repr(cell) if isinstance(cell, float) else str(cell)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = row
    padded = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
    return [first.ljust(widths[0]), *padded]


_LATEX = {character: f"\\{character}" for character in "&%$#_{}"}
_LATEX |= {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
