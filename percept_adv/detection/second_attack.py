"""How cheaply a second attack succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks import AttackRequest, attack_each, make_rule
from percept_adv.detection.score import Score

if TYPE_CHECKING:
    from percept_adv.detection.score import Subject

_GRADIENTS = 10


def _distance(subject: Subject) -> float:
    rule = make_rule("ddn", iterations=_GRADIENTS)
    request = AttackRequest(
        subject.target, subject.image[np.newaxis], subject.answer, max_evaluations=_GRADIENTS
    )
    (outcome,) = attack_each(rule, request)
    return float(outcome.stored_l2) if outcome.success else float(np.finfo(np.float32).max)


SECOND_ATTACK = Score(
    "second_attack",
    "Distance of a second attack",
    "The L2 distance at which DDN with ten gradients changes the answer again, as stored in 8 "
    "bits; an attack that goes on past the boundary evades it.",
    "low",
    _distance,
)
