"""Which files of a scene can be shown beside each other, and why the others cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from percept_adv.errors import PerceptAdvError
from percept_adv.magnification import notes_on
from percept_adv.report.viewer.notes import told_once

if TYPE_CHECKING:
    from percept_adv.inspection.library import SceneFiles, SubjectFile
    from percept_adv.inspection.workbench import Workbench


def shown_together(files: SceneFiles, bench: Workbench) -> tuple[SceneFiles, list[str]]:
    """Return a scene without the files that cannot be shown, and a note on each of these.

    An image is shown without a reference that is missing, an attack without its original.

    Raises
    ------
    PerceptAdvError
        If nothing but a reference can be read: what is wrong with the first other file.
    """
    readable, errors, notes = [], [], []
    for one in files.subjects:
        try:
            bench.picture(one.path)
        except PerceptAdvError as error:
            if not one.reference:
                errors.append(error)
            notes.append(f"{one.label} is not shown: {error}")
        else:
            readable.append(one)
    judged = next((one for one in readable if not one.reference), None)
    if judged is None:
        raise errors[0]
    kept: list[SubjectFile] = []
    for one in readable:
        subject, note = _beside(one, judged, bench)
        kept += [] if subject is None else [subject]
        notes += [] if note is None else [note]
    return replace(files, subjects=tuple(kept)), notes


def notes_on_all(files: SceneFiles, bench: Workbench) -> list[str]:
    """Return what is to be borne in mind of the files' pixels."""
    return told_once({one.label: notes_on(bench.picture(one.path).image) for one in files.subjects})


def _beside(
    one: SubjectFile, judged: SubjectFile, bench: Workbench
) -> tuple[SubjectFile | None, str | None]:
    """Return a file as it can be shown beside another, and what to say of it."""
    ours, theirs = (bench.picture(each.path).image.samples.shape for each in (one, judged))
    if ours[:2] != theirs[:2]:
        sizes = f"it has {ours[1]} x {ours[0]} pixels, {judged.label} {theirs[1]} x {theirs[0]}"
        return None, f"{one.label} is not shown: {sizes}"
    if ours != theirs and one.reference:
        return replace(one, reference=False), (
            f"no difference to {one.label} is shown: one is grey, the other has colours"
        )
    return one, None
