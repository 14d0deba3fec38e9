"""From the outcomes of a run to its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.evaluation.pairs import mad_pairs
from percept_adv.evaluation.summary import summarise
from percept_adv.evaluation.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.evaluation.configuration import Configuration
    from percept_adv.evaluation.protocol import AttackOutcomes
    from percept_adv.evaluation.tables import Cell

_FIGURES = (
    "l2", "linf", "stored_l2", "stored_linf", "psnr", "wpsnr", "ssim", "gmsd", "ciede2000", "mad",
    "mad_hi", "mad_lo", "confidence_before", "confidence_after", "best_c",
)  # fmt: skip
_SHOWN = {
    "stored_l2": "D_bar",
    "l2": "D_bar (float)",
    "stored_linf": "Linf",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "ciede2000": "CIEDE2000",
    "mad": "MAD",
    "mad_hi": "HI",
    "mad_lo": "LO",
}


def summary_table(outcomes: Sequence[AttackOutcomes], configuration: Configuration) -> Table:
    """Return one row for each attack: accuracy, P_suc, D_bar and means over the successes."""
    columns = ("attack", "runs", "images", "accuracy", "N", "successes", "P_suc", *_SHOWN.values())
    rows: list[tuple[Cell, ...]] = []
    for one in outcomes:
        summary = summarise(one.records)
        successes = [chosen.record for chosen in one.successes]
        rows.append(
            (
                one.attack,
                one.runs,
                summary.images,
                summary.accuracy,
                summary.classified,
                summary.successes,
                summary.success_rate,
                *(_mean(successes, name) for name in _SHOWN),
            )
        )
    title = f"{configuration.model}, {len(configuration.samples)} images"
    return Table(title, columns, tuple(rows))


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
                _class(chosen.record[name], named)
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
    return Table("Cost of an attacked image", columns, tuple(rows), digits=2)


def pair_table(outcomes: Sequence[AttackOutcomes]) -> Table:
    """Return how often one attack's MAD is not above another's, where both succeed."""
    rows: list[tuple[Cell, ...]] = [
        (f"{pair.second} against {pair.first}", len(pair.first_mad), pair.not_above, pair.below)
        for pair in mad_pairs(outcomes)
    ]
    return Table("MAD, image by image", ("attacks", "images", "not above", "below"), tuple(rows))


def _mean(records: Sequence[dict[str, Any]], name: str) -> float:
    values = [record[name] for record in records if record.get(name) is not None]
    return float(np.mean(values)) if values else float("nan")


def _class(label: int, names: Sequence[str] | None) -> str:
    return str(label) if names is None else f"{label} {names[label]}"
