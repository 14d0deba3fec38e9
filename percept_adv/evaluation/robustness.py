"""Robust accuracy: how many images stay right, whatever an attack does within a distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.evaluation.protocol import AttackOutcomes, Chosen, Norm, choose_best, total_cost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

NORMS: tuple[Norm, ...] = ("l2", "linf")

ALL_ATTACKS = "all attacks"
"""The name of `worst_case`."""

_TOLERANCE = 1e-6
"""Of a distance: 8 / 255 measured on floats may be a little more."""

_LINF = tuple(level / 255 for level in (1, 2, 4, 8, 16, 32, 64))
_L2 = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_LEVELS = 4
_OF_A_LEVEL = 1e-3


def worst_case(outcomes: Sequence[AttackOutcomes]) -> AttackOutcomes:
    """Return what all attacks together did: of each image the success of least L2.

    Of the images that all attacks have finished.
    """
    by_file = [{one.sample.file: one for one in outcome.chosen} for outcome in outcomes]
    chosen = []
    for one in outcomes[0].chosen if outcomes else ():
        own = [found.get(one.sample.file) for found in by_file]
        rows = [row for row in own if row is not None]
        if len(rows) == len(own):
            chosen.append(_nearest(rows))
    return AttackOutcomes(ALL_ATTACKS, sum(one.runs for one in outcomes), tuple(chosen))


def _nearest(rows: Sequence[Chosen]) -> Chosen:
    records = [row.record for row in rows]
    best = rows[choose_best(records)]
    record = {**best.record, **total_cost(records)}
    # Only where every attack was without a usable gradient, all of them together were.
    record["is_blind"] = all(record.get("is_blind") for record in records)
    least = {norm: min(row.least[norm] for row in rows) for norm in NORMS}
    return Chosen(best.sample, best.key, record, best.parameters, least)


def robust_accuracy(outcomes: AttackOutcomes, norm: Norm, eps: float) -> float:
    """Return the share of all images that are right, and that no attack fools within ``eps``.

    Parameters
    ----------
    outcomes
        Of one attack, or of all: `worst_case`.
    norm, eps
        The distance of the stored image, on values in [0, 1].

    Returns
    -------
    float
        In [0, 1]; NaN without images.
    """
    distances = least_distances(outcomes, norm)
    return float(np.mean(distances > eps + _TOLERANCE)) if len(distances) else float("nan")


def least_distances(outcomes: AttackOutcomes, norm: Norm) -> NDArray[np.float64]:
    """Return the distance (N,) at which each image falls.

    0 where it is misclassified without attack, infinite where it was never fooled.
    """
    return np.array([one.least[norm] for one in outcomes.chosen], np.float64)


def robustness_curve(
    outcomes: AttackOutcomes, norm: Norm
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where robust accuracy falls and to what: distances from 0 on, and shares."""
    distances = np.sort(least_distances(outcomes, norm))
    steps = np.unique(np.concatenate([[0.0], distances[np.isfinite(distances)]]))
    right = len(distances) - np.searchsorted(distances, steps, side="right")
    return steps, right / max(len(distances), 1)


def default_levels(strongest: AttackOutcomes) -> dict[Norm, tuple[float, ...]]:
    """Choose round distances around those at which images fall."""
    return {
        "l2": _around(least_distances(strongest, "l2"), _L2),
        "linf": _around(least_distances(strongest, "linf"), _LINF),
    }


def _around(distances: NDArray[np.float64], choices: Sequence[float]) -> tuple[float, ...]:
    fallen = distances[np.isfinite(distances) & (distances > 0)]
    if not len(fallen):
        return (choices[len(choices) // 2],)
    low, high = np.quantile(fallen, [0.1, 0.9])
    first = max(0, int(np.searchsorted(choices, low)) - 1)
    last = max(first, min(len(choices) - 1, int(np.searchsorted(choices, high))))
    inside = choices[first : last + 1]
    places = np.unique(np.round(np.linspace(0, len(inside) - 1, _LEVELS)).astype(int))
    return tuple(inside[place] for place in places)


def show_norm(norm: Norm) -> str:
    """Return the name of a norm for people: L2, Linf."""
    return norm.capitalize()


def show_level(norm: Norm, eps: float) -> str:
    """Return a distance for people: L2 0.5, Linf 8/255."""
    levels = eps * 255
    if norm == "linf" and abs(levels - round(levels)) < _OF_A_LEVEL:
        return f"Linf {levels:.0f}/255"
    return f"{show_norm(norm)} {eps:.4g}"


def chosen_levels(
    kept: Mapping[str, Sequence[float]] | None, strongest: AttackOutcomes
) -> dict[Norm, tuple[float, ...]]:
    """Return the distances that a user chose for a norm, else those of `default_levels`."""
    levels = default_levels(strongest)
    return {norm: tuple((kept or {}).get(norm) or levels[norm]) for norm in NORMS}
