"""The best image so far, and what each image has cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.numerics.arrays import choose, namespace, norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.rule import Attack
    from percept_adv.attacks.engine.usable import Unusable
    from percept_adv.attacks.numerics.arrays import State


def tracking_start(problem: Problem) -> State:
    """Return the record before the first step: the original, not adversarial."""
    count = len(problem.originals)
    return {
        "image": problem.originals,
        "found": np.zeros(count, bool),
        "distortion": np.full(count, np.inf, np.float32),
        "gap": np.full(count, np.inf, np.float32),
        "c": np.full(count, np.nan, np.float32),
        "l2": np.zeros(count, np.float32),
        "evaluations": np.zeros(count, np.int64),
        "passes": np.zeros(count, np.int64),
        "zero_gradients": np.zeros(count, np.int64),
        "nan_gradients": np.zeros(count, np.int64),
    }


def with_seconds(tracked: State, seconds: NDArray[np.float64]) -> State:
    """Return the record with the time that each image took, (B,)."""
    return {**tracked, "seconds": seconds}


def untouched(problem: Problem) -> State:
    """Return the record of images that no step was taken for."""
    return with_seconds(tracking_start(problem), np.zeros(len(problem.originals)))


def track(
    attack: Attack,
    problem: Problem,
    tracked: State,
    step: Step,
    state: State,
    unusable: Unusable,
) -> State:
    """Keep the successful image of least distortion; as long as there is none, of least gap.

    ``state`` is the attack's own.
    """
    xp = namespace(step.images)
    distortion = xp.astype(attack.distortion(problem, step.images), xp.float32)
    success = step.gap < 0
    better_success = success & (~tracked["found"] | (distortion < tracked["distortion"]))
    better_attempt = ~success & ~tracked["found"] & (step.gap < tracked["gap"])
    new = {
        "image": step.images,
        "found": success,
        "distortion": distortion,
        "gap": step.gap,
        "c": state.get("c", tracked["c"]),
        "l2": norm(step.images - problem.originals),
    }
    kept = choose(better_success | better_attempt, new, {name: tracked[name] for name in new})
    counts = {
        "evaluations": tracked["evaluations"] + step.evaluations,
        "passes": tracked["passes"] + step.passes,
        "zero_gradients": tracked["zero_gradients"] + unusable.zero,
        "nan_gradients": tracked["nan_gradients"] + unusable.not_finite,
    }
    return {**tracked, **kept, **counts}
