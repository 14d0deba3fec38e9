"""Whether a gradient is the deployed model's: its slope along the gradient, measured.

The derivative of a score along a unit vector g / |g| is |g|. A gradient graph that was built
for other sizes, or a rule that is wrong, gives another number, at every step of the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from percept_adv.classifier.outputs import softmax

if TYPE_CHECKING:
    from collections.abc import Callable

    import onnx
    from numpy.typing import NDArray

    from percept_adv.gradients import GraphLoss

Loss = Literal["margin", "logit_difference", "cross_entropy"]

_STEPS = (0.06, 0.015, 0.004, 0.001)
"""Largest change of a sample on [0, 1]: large ones see through quantisation, small ones past
the kinks of piecewise linear networks."""
_CONTRASTS = (0.88, 0.5)
"""Of the images that are tried: none of their samples may leave [0, 1]."""
_FLAT = 0.02
"""Of the expected change: below it the deployed model saturates, and nothing can be compared."""
_VANISHED = 1e-7
"""Of the scores: a gradient that promises less has underflowed, and is no other model's."""
_NOISE = 2e-4
"""Least change of the score, relative to the scores, that says something in float32."""

USUAL = 1.25
"""Factor between measured and computed slope that kinks and quantisation explain."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What is differentiated at one image: cotangent (1, K) of its scores, and label (1,)."""

    cotangent: NDArray[np.float32]
    label: NDArray[np.int64]


def objective_of(loss: GraphLoss, scores: NDArray[np.float32]) -> Objective | None:
    """Return how a loss depends on scores (1, K) at the best two classes; None with one class.

    Parameters
    ----------
    loss
        See `percept_adv.build_gradient_graph`. A cross entropy is that of the second class, as
        that of the best may vanish.
    scores
        Of one image.
    """
    if scores.shape[1] < 2 or not np.isfinite(scores).all():
        return None
    second, best = np.argsort(scores[0])[-2:]
    cotangent = np.zeros_like(scores)
    cotangent[0, second] = -1.0
    if loss == "cross_entropy":
        cotangent += softmax(scores)
        return Objective(cotangent, np.array([second]))
    cotangent[0, best] = 1.0
    return Objective(cotangent, np.array([best]))


def slope_ratio(
    scores_of: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    gradient_of: Callable[[NDArray[np.float32], Objective], NDArray[np.float32]],
    image: NDArray[np.float32],
    *,
    loss: GraphLoss,
    largest: float,
) -> float | None:
    """Return measured over computed slope along the gradient, of all steps what is nearest to 1.

    Parameters
    ----------
    scores_of
        The deployed model: images (N, H, W, C) to scores (N, K).
    gradient_of
        Image (1, H, W, C) and objective to the gradient, (1, H, W, C).
    image
        (H, W, C), in [0, 1].
    loss
        What ``gradient_of`` differentiates.
    largest
        Largest size of a score that tells anything; beyond it the deployed model saturates.

    Returns
    -------
    float or None
        None where nothing can be measured: the scores saturate or hardly change.
    """
    ratios: list[float] = []
    for contrast in _CONTRASTS:
        base = (0.5 + contrast * (image - 0.5)).astype(np.float32)
        scores = scores_of(base[np.newaxis])
        objective = objective_of(loss, scores)
        if objective is None or np.abs(scores[objective.cotangent != 0]).max() > largest:
            continue
        gradient = gradient_of(base[np.newaxis], objective)[0].astype(np.float64)
        ratios += _ratios(scores_of, base, gradient, objective.cotangent)
        if ratios and verdict(min(ratios, key=_distance)) == "fine":
            break
    return min(ratios, key=_distance, default=None)


def verdict(ratio: float | None) -> Literal["fine", "doubtful", "wrong"]:
    """Return what a ratio means: doubtful beyond `USUAL`, wrong beyond twice or half."""
    if ratio is None or _distance(ratio) <= np.log(USUAL):
        return "fine"
    return "doubtful" if _distance(ratio) <= np.log(2) else "wrong"


def is_quantised(model: onnx.ModelProto) -> bool:
    """Whether a model rounds, which its gradient passes straight through or leaves out."""
    operators = {node.op_type for node in model.graph.node}
    return any(
        one == "Round"
        or "Quantize" in one
        or one.startswith(("QLinear", "QGemm"))
        or one.endswith("Integer")
        for one in operators
    )


def _ratios(
    scores_of: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    base: NDArray[np.float32],
    gradient: NDArray[np.float64],
    cotangent: NDArray[np.float32],
) -> list[float]:
    """Return the ratios at all steps that tell something."""
    largest = float(np.abs(gradient).max())
    if not np.isfinite(largest) or not largest:
        return []
    direction = gradient / largest
    slope = float((gradient * direction).sum())
    moved = [base + sign * step * direction for step in _STEPS for sign in (1, -1)]
    scores = scores_of(np.clip(np.stack(moved), 0, 1).astype(np.float32)).astype(np.float64)
    if not np.isfinite(scores).all():
        return []
    values = (scores * cotangent).sum(axis=1)
    size = max(float(np.ptp(scores, axis=1).max()), float(np.abs(values).max()), 1e-30)
    if 2 * max(_STEPS) * slope < _VANISHED * size:
        return []
    found = []
    for index, step in enumerate(_STEPS):
        measured = float(values[2 * index] - values[2 * index + 1])
        expected = 2 * step * slope
        told = max(abs(measured), expected) > _NOISE * size
        if told and abs(measured) > _FLAT * expected:
            found.append(measured / expected)
    return found


def _distance(ratio: float) -> float:
    return abs(float(np.log(ratio))) if ratio > 0 else float("inf")
