"""The least distortion at which an attack of a fixed distortion succeeds, image by image.

Bisection on a ladder of distortions, four rungs for each factor of two: six runs of the
attack find the rung of an image, and images on the same rung are attacked together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.attacks import attack_each, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from percept_adv.attacks import AttackRequest, ImageResult
    from percept_adv.evaluation.variants import Variant

_RUNGS = range(-41, 17)
"""Between the attack's own eps / 1024 and 16 times it."""

_PER_OCTAVE = 4
_SUMMED = ("forward_count", "backward_count", "zero_gradients", "nan_gradients", "seconds")


def attack_variant(
    variant: Variant, request: AttackRequest
) -> Iterator[tuple[ImageResult, float | None]]:
    """Yield the outcome of each image, with the distortion that was found if it was searched.

    An image's outcome is the success of the least distortion; if none succeeded, that of the
    greatest. All runs are its cost.
    """
    if variant.searches:
        yield from _search(variant, request)
        return
    for outcome in attack_each(variant.rule(), request):
        yield outcome, None


def distortion(attack: str, rung: int) -> float:
    """Return the distortion of a rung, rounded for tables: rung 0 is the attack's own."""
    own = find(attack).parameters["eps"].default
    return float(f"{own * 2 ** (rung / _PER_OCTAVE):.4g}")


def _search(variant: Variant, request: AttackRequest) -> Iterator[tuple[ImageResult, float | None]]:
    count = len(request.images)
    low, high = np.full(count, _RUNGS.start), np.full(count, _RUNGS.stop)
    runs: dict[int, list[ImageResult]] = defaultdict(list)
    best: dict[int, tuple[ImageResult, float | None]] = {}
    waiting = np.arange(count)
    while len(waiting):
        middle = (low[waiting] + high[waiting]) // 2
        # The least first, so that what comes back does not depend on the order of images.
        rung = int(middle.min())
        rows = waiting[middle == rung]
        eps = distortion(variant.attack, rung)
        rule = find(variant.attack).make(**_parameters(variant, eps))
        for outcome in attack_each(rule, request.take(rows)):
            image = int(rows[outcome.index])
            runs[image].append(outcome)
            if outcome.already_misclassified or outcome.failure:
                best[image], low[image] = (outcome, None), high[image]
            elif outcome.success:
                best[image], high[image] = (outcome, eps), rung
            else:
                if image not in best or not best[image][0].success:
                    best[image] = outcome, None
                low[image] = rung
        for image in rows[high[rows] - low[rows] <= 1]:
            yield _together(int(image), runs.pop(image), *best.pop(image))
        waiting = waiting[high[waiting] - low[waiting] > 1]


def _parameters(variant: Variant, eps: float) -> dict[str, Any]:
    """Return the parameters for one distortion; steps keep their size in relation to it."""
    declared = find(variant.attack).parameters
    parameters = {**variant.parameters, "eps": eps}
    if "step_size" in declared:
        share = eps / declared["eps"].default
        parameters.setdefault("step_size", share * declared["step_size"].default)
    return parameters


def _together(
    image: int, runs: list[ImageResult], best: ImageResult, eps: float | None
) -> tuple[ImageResult, float | None]:
    """Return the outcome that counts, with the cost of all runs."""
    costs = {name: sum(getattr(run, name) for run in runs) for name in _SUMMED}
    return replace(best, index=image, **costs), eps
