"""Tables about all images: robust accuracy at distances, and what is wrong without attack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.evaluation import words
from percept_adv.evaluation.robustness import NORMS, robust_accuracy, show_level
from percept_adv.evaluation.summary import summarise
from percept_adv.evaluation.tables import Table
from percept_adv.labels import show_class

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from percept_adv.evaluation.configuration import Configuration
    from percept_adv.evaluation.protocol import AttackOutcomes, Norm
    from percept_adv.evaluation.tables import Cell


def robustness_table(
    outcomes: Sequence[AttackOutcomes], levels: Mapping[Norm, Sequence[float]]
) -> Table:
    """Return a row for each attack: accuracy without it, and within each distance."""
    every = [(norm, eps) for norm in NORMS for eps in levels[norm]]
    columns = ("attack", "no attack", *(show_level(norm, eps) for norm, eps in every))
    rows: list[tuple[Cell, ...]] = [
        (
            one.attack,
            summarise(one.records).accuracy,
            *(robust_accuracy(one, norm, eps) for norm, eps in every),
        )
        for one in outcomes
        if one.chosen
    ]
    return Table(
        "Robust accuracy", columns, tuple(rows), note=words.ROBUST_NOTE, terms=words.ROBUST_TERMS
    )


def misclassified_table(outcomes: Sequence[AttackOutcomes], configuration: Configuration) -> Table:
    """Return the images that are misclassified without attack, each once."""
    found = {one.sample.file: one for outcome in outcomes for one in outcome.misclassified}
    names = configuration.class_names
    rows = tuple(
        (
            sample.file,
            show_class(found[sample.file].record["label"], names),
            show_class(found[sample.file].record["label_before"], names),
            found[sample.file].record["confidence_before"],
        )
        for sample in configuration.samples
        if sample.file in found
    )
    columns = ("file", "class", "classified as", "confidence")
    return Table("Misclassified without attack", columns, rows, note=words.MISCLASSIFIED_NOTE)
