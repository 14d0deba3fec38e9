"""A page that shows images beside what magnification makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.report.page import data_uri, write_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_CAPTIONS = ("image", "magnified", "magnified reference")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the page: pairs of a caption and a picture as a data URI.

    Pictures are kept encoded: a set of photographs would not fit into memory otherwise.
    """

    record: dict[str, Any]
    panels: list[tuple[str, str]]

    @classmethod
    def of(cls, record: dict[str, Any], pictures: Sequence[NDArray[Any]]) -> Entry:
        """Encode the image, what magnification makes of it, and of its reference if it has one."""
        return cls(record, list(zip(_CAPTIONS, map(data_uri, pictures), strict=False)))


def write_gallery(
    path: Path, entries: Sequence[Entry], parameters: dict[str, Any], *, note: str
) -> None:
    """Write the page whole, its pictures zooming together.

    Parameters
    ----------
    path
        The HTML file.
    entries
        Its rows.
    parameters
        Those of the magnification and of its rendering, for the caption.
    note
        What the reader should bear in mind.

    Raises
    ------
    OutputError
        If the page cannot be written.
    """
    gain = f" with gain {parameters['gain']}" if parameters["norm"] == "fixed" else ""
    lead = (
        f"beta {parameters['beta']}, domain sigma {parameters['domain_sigma']} px, range sigma "
        f"{parameters['range_sigma']}, norm {parameters['norm']}{gain}. Wheel: zoom. Drag: move. "
        "Double click: whole images. All pictures move together."
    )
    write_page(
        path,
        "magnify.html",
        title="Adversarial magnification",
        lead=lead,
        entries=entries,
        footer=note,
    )
