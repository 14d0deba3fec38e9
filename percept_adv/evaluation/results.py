"""From the outcomes of a run to its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.evaluation import words
from percept_adv.evaluation.pairs import mad_pairs
from percept_adv.evaluation.summary import summarise
from percept_adv.evaluation.tables import Table
from percept_adv.labels import show_class
from percept_adv.metrics import METRICS, used_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.evaluation.configuration import Configuration
    from percept_adv.evaluation.protocol import AttackOutcomes
    from percept_adv.evaluation.tables import Cell

_FIGURES = (
    "l2", "linf", "stored_l2", "stored_linf", *used_by("evaluation"),
    "confidence_before", "confidence_after", "best_c", "eps", "zero_gradients", "nan_gradients",
    "found_by",
)  # fmt: skip
_SHOWN = {
    "stored_l2": "D_bar",
    "l2": "D_bar (float)",
    "stored_linf": "Linf",
    **{name: METRICS[name].title for name in used_by("summary")},
}


def summary_table(outcomes: Sequence[AttackOutcomes], configuration: Configuration) -> Table:
    """Return one row for each attack: accuracy, P_suc, D_bar and means over the successes.

    ``blind`` counts those of the images that were not fooled for which no gradient said where to
    go: they prove no robustness.
    """
    columns = ("attack", "distortion", "images", "accuracy", "N", "successes", "not fooled",
               "blind", "P_suc", *_SHOWN.values())  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for one in outcomes:
        summary = summarise(one.records)
        successes = [chosen.record for chosen in one.successes]
        rows.append(
            (
                one.attack,
                _distortion(one.attack, configuration),
                summary.images,
                summary.accuracy,
                summary.classified,
                summary.successes,
                len(one.failures),
                len(one.blind),
                summary.success_rate,
                *(_mean(successes, name) for name in _SHOWN),
            )
        )
    title = f"{configuration.model}, {len(configuration.samples)} images"
    return Table(title, columns, tuple(rows), note=words.SUMMARY_NOTE, terms=words.SUMMARY_TERMS)


def _distortion(attack: str, configuration: Configuration) -> str:
    """Say how the distortion of an attack came about."""
    variants = [variant for variant in configuration.variants if variant.attack == attack]
    given = sorted(variant.eps for variant in variants if variant.eps is not None)
    if given:
        return f"given eps: {', '.join(f'{eps:.4g}' for eps in given)}"
    if not variants:
        return "least of all"
    return "least eps, searched" if variants[0].searches else "minimised"


def image_table(outcomes: Sequence[AttackOutcomes], configuration: Configuration) -> Table:
    """Return one row for each attack and image, with its files in the run and all figures."""
    pictures = configuration.picture_names()
    named = configuration.class_names
    columns = ("attack", "file", "label", "label_before", "label_after", "already_misclassified",
               "success", "parameters", "original", "adversarial", *_FIGURES)  # fmt: skip
    rows = tuple(
        (
            one.attack,
            chosen.sample.file,
            *(
                show_class(chosen.record[name], named)
                for name in ("label", "label_before", "label_after")
            ),
            int(chosen.record["already_misclassified"]),
            int(chosen.record["success"]),
            chosen.parameters,
            f"originals/{pictures[chosen.sample.file]}.png",
            chosen.record["picture"],
            *(chosen.record.get(name) for name in _FIGURES),
        )
        for one in outcomes
        for chosen in one.chosen
    )
    return Table("Each image", columns, rows)


def cost_table(outcomes: Sequence[AttackOutcomes]) -> Table:
    """Return what an attacked image costs on average, over all runs of an attack.

    Times vary from one evaluation to the next: that is why they have a table of their own.
    """
    names = ("forward_count", "backward_count", "seconds")
    columns = ("attack", "forward passes", "gradients", "seconds")
    rows: list[tuple[Cell, ...]] = []
    for one in outcomes:
        attacked = [chosen.record for chosen in one.attacked]
        rows.append((one.attack, *(_mean(attacked, name) for name in names)))
    return Table("Cost of an attacked image", columns, tuple(rows), digits=2, note=words.COST_NOTE)


def pair_table(outcomes: Sequence[AttackOutcomes]) -> Table:
    """Return how often one attack's MAD is below, equal to and above another's.

    Where both succeed. MAD is 0 for whatever it takes to be invisible: ties are common.
    """
    rows: list[tuple[Cell, ...]] = [
        (
            f"{pair.second} against {pair.first}",
            len(pair.first_mad),
            pair.not_above,
            pair.below,
            pair.ties,
        )
        for pair in mad_pairs(outcomes)
    ]
    columns = ("attacks", "images", "not above", "below", "ties")
    return Table("MAD, image by image", columns, tuple(rows), note=words.PAIR_NOTE)


def _mean(records: Sequence[dict[str, Any]], name: str) -> float:
    values = [record[name] for record in records if record.get(name) is not None]
    return float(np.mean(values)) if values else float("nan")
