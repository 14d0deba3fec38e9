"""Scenes of folders that ``percept-adv attack`` wrote: attacks on one image stand together."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from percept_adv.errors import InputError
from percept_adv.images import counterpart
from percept_adv.inspection.library import Library, SubjectFile, numbered
from percept_adv.report.viewer.facts import attack_facts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_OF_A_RECORD = {"attack", "success", "stored_l2", "label_before", "label_after"}
"""Entries by which a record of ``percept-adv attack`` is told from other JSON files."""


def is_attack_folder(folder: Path) -> bool:
    """Whether a folder holds records of ``percept-adv attack``.

    Parameters
    ----------
    folder
        Any folder.

    Returns
    -------
    bool
        True if it does.

    Examples
    --------
    >>> from percept_adv.inspection import is_attack_folder
    >>> is_attack_folder(folder)
    False
    """
    return folder.is_dir() and any(_record(path) for path in sorted(folder.rglob("*.json"))[:20])


def library_of_attacks(folders: Sequence[Path], originals: Path | None) -> Library:
    """Return a scene for each image that any of the folders holds.

    Parameters
    ----------
    folders
        Of ``percept-adv attack``, one for each attack.
    originals
        The folder of its ``--originals``, or the one original. Records name the originals' paths,
        too, but a page reads nothing that was not named on the command line.

    Returns
    -------
    Library
        With the attacks beside each other.

    Raises
    ------
    InputError
        If the folders hold no records.

    Examples
    --------
    >>> from percept_adv.inspection import library_of_attacks
    >>> library_of_attacks([folder / "ddn", folder / "scw"], None).arrangement  # doctest: +SKIP
    """
    # By their records' names: attacks that store PNG and JPEG files are on one image.
    found: dict[Path, list[SubjectFile]] = {}
    names: dict[Path, Path] = {}
    labels = _labels(folders)
    for place, (folder, label) in enumerate(zip(folders, labels, strict=True)):
        for path in sorted(folder.rglob("*.json")):
            record = _record(path)
            if record is None:
                continue
            # Only the kind of file is taken from the record: its folder may be anywhere.
            picture = path.with_suffix(PurePath(str(record.get("output", ".png"))).suffix)
            # Labels may hold slashes and commas, which parts of addresses cannot.
            subject = SubjectFile(f"attack{place}", label, picture, facts=_facts(record, path))
            found.setdefault(path.relative_to(folder), []).append(subject)
            names.setdefault(path.relative_to(folder), picture.relative_to(folder))
    if not found:
        raise InputError(f"{', '.join(map(str, folders))}: no records of percept-adv attack")
    scenes = []
    for record_name, subjects in found.items():
        relative = names[record_name]
        first = () if originals is None else (_original(counterpart(originals, relative)),)
        scenes.append((str(relative), (*first, *subjects)))
    return Library(numbered(scenes), "attacks", ", ".join(labels))


def _original(path: Path) -> SubjectFile:
    return SubjectFile("original", "original", path, reference=True)


def _labels(folders: Sequence[Path]) -> list[str]:
    """Name folders so that no two are called the same."""
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) == len(names):
        return names
    return [str(folder) for folder in folders]


def _record(path: Path) -> dict[str, Any] | None:
    """Return a record of ``percept-adv attack``; None for any other JSON file."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and set(record) >= _OF_A_RECORD else None


def _facts(record: dict[str, Any], path: Path) -> dict[str, Any]:
    try:
        return attack_facts(str(record["attack"]), record)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{path} is a damaged record of percept-adv attack ({error}): leave it out, or attack "
            "the image again"
        ) from error
