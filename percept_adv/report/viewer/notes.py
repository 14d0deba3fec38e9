"""Notes on the pictures of a scene, each told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def told_once(notes: Mapping[str, Sequence[str]]) -> list[str]:
    """Return notes with the pictures that they are true of, unless they are true of all.

    Parameters
    ----------
    notes
        Of each picture, by its label.

    Examples
    --------
    >>> from percept_adv.report.viewer.notes import told_once
    >>> told_once({"image": ["a JPEG"], "reference": []})
    ['image: a JPEG']
    """
    labels: dict[str, list[str]] = {}
    for label, own in notes.items():
        for note in own:
            labels.setdefault(note, []).append(label)
    return [
        note if len(true_of) == len(notes) else f"{', '.join(true_of)}: {note}"
        for note, true_of in labels.items()
    ]
