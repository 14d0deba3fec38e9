"""The classes that a targeted attack is to reach: one for all images, or one for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from percept_adv.errors import InputError, ParameterError
from percept_adv.evaluation import read_label_table

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Targets:
    """What ``--target`` and ``--targets`` ask for; exactly one of the two is not None."""

    everywhere: int | None
    by_name: dict[str, int] | None

    def of(self, path: Path) -> int:
        """Return the class that an image is to reach.

        Raises
        ------
        InputError
            If the table has no line for it.
        """
        target = self.everywhere if self.by_name is None else self.by_name.get(path.name)
        if target is None:
            raise InputError(f"{path} has no target: add a line {path.name},CLASS to --targets")
        return target

    def check(self, classifier: Classifier) -> None:
        """Raise ParameterError if one is no class of the model."""
        every = [self.everywhere] if self.everywhere is not None else (self.by_name or {}).values()
        for target in every:
            if not 0 <= target < classifier.class_count:
                raise ParameterError(
                    f"the target {target} is no class of {classifier.name}, which has the "
                    f"classes 0 to {classifier.class_count - 1}: choose one of them"
                )


def open_targets(target: int | None, table: Path | None) -> Targets | None:
    """Return what the options ask for, or None for an untargeted attack."""
    if target is not None and table is not None:
        raise click.UsageError("--target and --targets exclude each other: give one of them")
    if target is None and table is None:
        return None
    return Targets(target, dict(read_label_table(table)) if table else None)
