"""Runs side by side: models, or attacks, on the images that they share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.evaluation import words
from percept_adv.evaluation.protocol import AttackOutcomes, collect_outcomes
from percept_adv.evaluation.robustness import (
    ALL_ATTACKS,
    NORMS,
    chosen_levels,
    least_distances,
    robust_accuracy,
    show_level,
    worst_case,
)
from percept_adv.evaluation.summary import summarise
from percept_adv.evaluation.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from percept_adv.evaluation.configuration import Configuration
    from percept_adv.evaluation.protocol import Chosen
    from percept_adv.evaluation.store import RunStore
    from percept_adv.evaluation.tables import Cell

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run with a name that no other of them has, and its outcomes on the compared images."""

    name: str
    configuration: Configuration
    outcomes: tuple[AttackOutcomes, ...]

    @property
    def rows(self) -> tuple[AttackOutcomes, ...]:
        """The outcomes of each attack, and of several together."""
        if len(self.outcomes) < 2:
            return self.outcomes
        return *self.outcomes, self.strongest

    @property
    def strongest(self) -> AttackOutcomes:
        """The outcomes of all attacks together."""
        return worst_case(self.outcomes)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs on the images that all of them have, the same class included.

    Attributes
    ----------
    runs
        In the order given.
    shared
        How many images all have; with 0 each run keeps its own.
    notes
        In what the runs differ, where that limits what the comparison says.
    """

    runs: tuple[ComparedRun, ...]
    shared: int
    notes: tuple[str, ...]

    @classmethod
    def of(cls, stores: Sequence[RunStore]) -> Comparison:
        """Compare runs.

        Parameters
        ----------
        stores
            At least one run.

        Returns
        -------
        Comparison
            On the images that all of them have.
        """
        collected = [collect_outcomes(store) for store in stores]
        images = [
            {_identity(one) for outcome in outcomes for one in outcome.chosen}
            for outcomes in collected
        ]
        shared = set.intersection(*images)
        runs = tuple(
            ComparedRun(
                name,
                store.configuration,
                tuple(_only(outcome, shared or own) for outcome in outcomes),
            )
            for name, store, outcomes, own in zip(
                _names(stores), stores, collected, images, strict=True
            )
        )
        return cls(runs, len(shared), tuple(_notes(runs, images, len(shared))))

    def robustness(self, levels: Mapping[str, Sequence[float]] | None = None) -> Table:
        """Return a row for each run and attack: how many images stay right, within what.

        Parameters
        ----------
        levels
            Distances by norm; by default some that fit the runs.

        Returns
        -------
        Table
            Shares of images.
        """
        everything = tuple(one for run in self.runs for one in run.strongest.chosen)
        chosen = chosen_levels(levels, AttackOutcomes(ALL_ATTACKS, 1, everything))
        every = [(norm, eps) for norm in NORMS for eps in chosen[norm]]
        columns = (
            "run", "attack", "images", "no attack", *(show_level(*one) for one in every), "P_suc",
            "median L2",
        )  # fmt: skip
        rows: list[tuple[Cell, ...]] = []
        for run in self.runs:
            for one in run.rows:
                summary = summarise(one.records)
                distances = least_distances(one, "l2")
                fooled = distances[np.isfinite(distances) & (distances > 0)]
                rows.append(
                    (
                        run.name,
                        one.attack,
                        summary.images,
                        summary.accuracy,
                        *(robust_accuracy(one, norm, eps) for norm, eps in every),
                        summary.success_rate,
                        float(np.median(fooled)) if len(fooled) else float("nan"),
                    )
                )
        note, terms = words.COMPARED_NOTE, words.ROBUST_TERMS
        return Table("Robust accuracy", columns, tuple(rows), note=note, terms=terms)

    def pairs(self) -> Table:
        """Return a row for each two runs or attacks: image by image, what fooled which."""
        sides = [(run.name, one) for run in self.runs for one in run.rows]
        rows = [
            _pair(first, second)
            for first, second in combinations(sides, 2)
            if first[0] == second[0] or first[1].attack == second[1].attack
        ]
        columns = (
            "first", "second", "both right", "both fooled", "first only", "second only", "neither",
            "L2 second / first", "second farther",
        )  # fmt: skip
        found = tuple(row for row in rows if row is not None)
        return Table("Image by image", columns, found, note=words.PAIRED_NOTE)

    def images(self) -> Table:
        """Return a row for each image, and for each run and attack the distance that fools it."""
        sides = [(run.name, one) for run in self.runs for one in run.outcomes]
        by_image = [{_identity(one): one for one in outcome.chosen} for _, outcome in sides]
        every = {key: one.sample.file for found in by_image for key, one in found.items()}
        columns = ("file", *(f"{name}: {one.attack}" for name, one in sides))
        rows = tuple(
            (file, *(_distance(found.get(key)) for found in by_image))
            for key, file in every.items()
        )
        return Table("Least L2 distance at which each image falls", columns, rows)


def _identity(one: Chosen) -> tuple[str, Any]:
    return one.sample.sha256, one.sample.label


def _only(outcome: AttackOutcomes, images: set[tuple[str, Any]]) -> AttackOutcomes:
    return replace(outcome, chosen=tuple(o for o in outcome.chosen if _identity(o) in images))


def _distance(one: Chosen | None) -> Cell:
    if one is None:
        return None
    return one.least["l2"] if np.isfinite(one.least["l2"]) else "not fooled"


def _names(stores: Sequence[RunStore]) -> list[str]:
    """Return a name for each run: its model's, or its folder's where models have one name."""
    models = [store.configuration.model for store in stores]
    folders = [store.folder.resolve().name for store in stores]
    for names in (models, folders, [f"{a} ({b})" for a, b in zip(models, folders, strict=True)]):
        if len(set(names)) == len(names):
            return names
    return [str(store.folder) for store in stores]


def _notes(
    runs: Sequence[ComparedRun], images: Sequence[set[tuple[str, Any]]], shared: int
) -> list[str]:
    notes = []
    if not shared:
        notes.append("the runs share no image: each row is over the run's own images")
    elif any(len(own) > shared for own in images):
        notes.append(
            f"compared on the {shared} images that all runs have; they have "
            f"{', '.join(str(len(own)) for own in images)}"
        )
    pipelines = [run.configuration.contract["pipeline"] for run in runs]
    if any(own != pipelines[0] for own in pipelines):
        notes.append(
            "the models take their images in another way: where sizes differ, L2 distances are not "
            "comparable, Linf ones are"
        )
    parameters = Counter(
        (variant.attack, str(sorted(variant.fixed.items())))
        for run in runs
        for variant in {v.attack: v for v in run.configuration.variants}.values()
    )
    seen = Counter(attack for attack, _ in parameters)
    if differing := sorted(attack for attack, count in seen.items() if count > 1):
        notes.append(f"parameters differ between the runs: {', '.join(differing[:_SHOWN])}")
    return notes


def _pair(
    first: tuple[str, AttackOutcomes], second: tuple[str, AttackOutcomes]
) -> tuple[Cell, ...] | None:
    """Return the row of two attacks; None where they share no image that both had right."""
    others = {_identity(one): one for one in second[1].attacked}
    both = [
        (one.least["l2"], others[_identity(one)].least["l2"])
        for one in first[1].attacked
        if _identity(one) in others
    ]
    if not both:
        return None
    a, b = np.array(both).T
    fooled = np.isfinite(a), np.isfinite(b)
    each = fooled[0] & fooled[1]
    return (
        f"{first[0]}: {first[1].attack}",
        f"{second[0]}: {second[1].attack}",
        len(both),
        int(each.sum()),
        int((fooled[0] & ~fooled[1]).sum()),
        int((~fooled[0] & fooled[1]).sum()),
        int((~fooled[0] & ~fooled[1]).sum()),
        float(np.median(b[each] / a[each])) if each.any() else float("nan"),
        float(np.mean(b > a)) if both else float("nan"),
    )
