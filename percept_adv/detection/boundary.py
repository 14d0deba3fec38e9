"""How near the model is to another answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.detection.score import Score

if TYPE_CHECKING:
    from percept_adv.detection.score import Subject


def _margin(subject: Subject) -> float:
    return subject.gap


def _distance(subject: Subject) -> float:
    slope = float(np.linalg.norm(subject.gradient.astype(np.float64)))
    # Where the gradient says nothing, the linearised boundary is nowhere.
    return subject.gap / slope if slope > 0 else float(np.finfo(np.float32).max)


MARGIN = Score(
    "margin",
    "Margin of the scores",
    "The answer's score minus the next one: attacks that look for the least change stop where it "
    "is almost 0; an attack that goes on past the boundary evades it.",
    "low",
    _margin,
)

BOUNDARY_DISTANCE = Score(
    "boundary_distance",
    "First-order distance to the boundary",
    "The margin over the norm of its gradient by the image, in L2 on [0, 1] values; an attack that "
    "goes on past the boundary evades it.",
    "low",
    _distance,
)
