"""The classes that a targeted attack is to reach: one for all images, or one for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from percept_adv.errors import ParameterError, TableError
from percept_adv.labels import TARGET_COLUMNS, assign_classes, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from percept_adv.labels import Classes, Goal, ImageClasses, LabelSets, Table


@dataclass(frozen=True, slots=True)
class OneTarget:
    """The same class for all images."""

    number: Goal

    def of(self, image: Path) -> Goal:  # noqa: ARG002 (the same for all)
        """Return the class that an image is to reach."""
        return self.number


@dataclass(frozen=True, slots=True)
class WantedTargets:
    """What ``--target`` and ``--targets`` say, before the model is known."""

    everywhere: str | None
    table: Table | None

    @classmethod
    def read(cls, target: str | None, table: Path | None) -> WantedTargets:
        """Read the options; both are None for an untargeted attack."""
        if target is not None and table is not None:
            raise click.UsageError("--target and --targets exclude each other: give one of them")
        return cls(target, None if table is None else read_table(table, TARGET_COLUMNS))

    def of(
        self, images: Iterable[Path], classes: Classes | LabelSets
    ) -> OneTarget | ImageClasses | None:
        """Return the targets of images as class numbers, or None for an untargeted attack.

        Raises
        ------
        ParameterError, TableError
            If one is no class of the model.
        """
        if self.table is not None:
            return assign_classes(self.table, images, classes, what="target", option="--targets")
        if self.everywhere is None:
            return None
        try:
            return OneTarget(classes.number(self.everywhere))
        except TableError as error:
            raise ParameterError(f"--target {error}") from error
