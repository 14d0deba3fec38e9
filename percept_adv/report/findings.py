"""What a run found, in sentences for the top of its page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.evaluation.robustness import (
    NORMS,
    least_distances,
    robust_accuracy,
    show_level,
)
from percept_adv.evaluation.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from percept_adv.evaluation import AttackOutcomes
    from percept_adv.evaluation.configuration import Configuration
    from percept_adv.evaluation.protocol import Norm


def findings(
    outcomes: Sequence[AttackOutcomes],
    strongest: AttackOutcomes,
    levels: Mapping[Norm, Sequence[float]],
    configuration: Configuration,
) -> list[str]:
    """Return sentences about a run.

    Parameters
    ----------
    outcomes
        Of each attack.
    strongest
        Of all of them together.
    levels
        The distances at which robust accuracy is told.
    configuration
        Of the run.
    """
    if not strongest.chosen:
        return [
            "No image has been attacked by all attacks yet.",
            *unfinished(outcomes, configuration),
        ]
    return [
        _accuracy(strongest),
        *_robust(strongest, levels, len(outcomes)),
        *_fooled(strongest, len(outcomes)),
        *_blind(strongest),
        *_by_fallback(outcomes),
        *unfinished(outcomes, configuration),
    ]


def _accuracy(strongest: AttackOutcomes) -> str:
    summary = summarise(strongest.records)
    wrong = summary.images - summary.classified
    return (
        f"Without attack the model classifies {summary.classified} of {summary.images} images "
        f"correctly ({100 * summary.accuracy:.0f} %)"
        + (f"; the {wrong} others are listed below." if wrong else ".")
    )


def _robust(
    strongest: AttackOutcomes, levels: Mapping[Norm, Sequence[float]], count: int
) -> Iterator[str]:
    told = []
    half = summarise(strongest.records).accuracy / 2
    for norm in NORMS:
        shares = {eps: robust_accuracy(strongest, norm, eps) for eps in levels[norm]}
        # The distance that says most: there the model is about half as good.
        eps = min(shares, key=lambda eps: abs(shares[eps] - half))
        told.append(f"{100 * shares[eps]:.0f} % within {show_level(norm, eps)}")
    whoever = f"whichever of the {count} attacks is used" if count > 1 else "under this attack"
    yield f"Correct {whoever}: {' and '.join(told)} of all images."


def _fooled(strongest: AttackOutcomes, count: int) -> Iterator[str]:
    summary = summarise(strongest.records)
    distances = least_distances(strongest, "l2")
    fooled = distances[np.isfinite(distances) & (distances > 0)]
    some = "at least one attack fools" if count > 1 else "the attack fools"
    text = f"At any distance, {some} {summary.successes} of {summary.classified} images"
    if len(fooled):
        text += (
            f"; the median of the least L2 distances is {np.median(fooled):.3g}, the greatest "
            f"{fooled.max():.3g}"
        )
    yield text + "."


def _blind(strongest: AttackOutcomes) -> Iterator[str]:
    failed, blind = len(strongest.failures), len(strongest.blind)
    if blind:
        yield (
            f"Not fooled: {failed}, of which {blind} without a usable gradient. For these the "
            "attacks had nothing to follow: they say nothing about robustness."
        )


def _by_fallback(outcomes: Sequence[AttackOutcomes]) -> Iterator[str]:
    told = []
    for one in outcomes:
        means = Counter(chosen.record["found_by"] for chosen in one.by_fallback)
        if means:
            names = ", ".join(f"{name} {count}" for name, count in sorted(means.items()))
            told.append(f"{one.attack}: {means.total()} of {len(one.successes)} ({names})")
    if told:
        yield (
            "Found by other means, because the attack itself had no usable gradient: "
            f"{'; '.join(told)}. These distances are no measure of the attack; the images are in "
            "column found_by of tables/images.csv."
        )


def unfinished(outcomes: Sequence[AttackOutcomes], configuration: Configuration) -> Iterator[str]:
    """Say of which attacks a run lacks outcomes, if of any: one sentence."""
    wanted = len(configuration.samples)
    left = [
        f"{one.attack}: {len(one.chosen)} of {wanted}"
        for one in outcomes
        if len(one.chosen) < wanted
    ]
    if left:
        yield f"Not all outcomes are there: {'; '.join(left)}."
