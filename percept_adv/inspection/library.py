"""Which files a page may show: those that were named, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from percept_adv.report.viewer.scene import Scene, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """A file that can be shown; ``reference`` marks what the others of a scene are held against."""

    id: str
    label: str
    path: Path
    reference: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SceneFiles:
    """The files of one scene."""

    id: str
    name: str
    subjects: tuple[SubjectFile, ...]

    @property
    def main(self) -> SubjectFile:
        """The file that stands for the scene in the list."""
        return self.subjects[0]

    @property
    def reference(self) -> SubjectFile | None:
        """The file that the others are held against, if there is one."""
        return next((subject for subject in self.subjects if subject.reference), None)

    def subject(self, name: str) -> SubjectFile | None:
        """Find a subject."""
        return next((subject for subject in self.subjects if subject.id == name), None)

    def scene(self) -> Scene:
        """Return what the page is told before anything is computed."""
        subjects = [
            Subject(one.id, one.label, one.reference, dict(one.facts)) for one in self.subjects
        ]
        return Scene(self.id, self.name, subjects)


@dataclass(frozen=True, slots=True)
class Library:
    """What a page shows.

    Attributes
    ----------
    scenes
        In their first order.
    arrangement
        Of the panes: ``"pair"`` or ``"attacks"``.
    title
        Of the page.
    notes
        What is to be borne in mind of all scenes.
    """

    scenes: tuple[SceneFiles, ...]
    arrangement: str
    title: str
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[SceneFiles]:
        return iter(self.scenes)


def numbered(named: Sequence[tuple[str, tuple[SubjectFile, ...]]]) -> tuple[SceneFiles, ...]:
    """Give scenes their ids."""
    return tuple(
        SceneFiles(str(place), name, subjects) for place, (name, subjects) in enumerate(named)
    )
