"""What a deployed model decides, and how far an image is from another decision.

Each kind of decision is one file: what counts as success, the gap whose sign decides, and its
derivative by the scores. Attacks, the check of what is stored, and reports all ask it.
"""

from __future__ import annotations

from percept_adv.decisions.argmax import argmax
from percept_adv.decisions.binary import binary
from percept_adv.decisions.decision import Boundaries, Decision, Rule
from percept_adv.decisions.embedding import embedding
from percept_adv.decisions.heads import Head
from percept_adv.decisions.multilabel import IndependentLabels, multilabel
from percept_adv.decisions.parsing import KINDS, parse_decision
from percept_adv.decisions.topk import topk

__all__ = [
    "KINDS",
    "Boundaries",
    "Decision",
    "Head",
    "IndependentLabels",
    "Rule",
    "argmax",
    "binary",
    "embedding",
    "multilabel",
    "parse_decision",
    "topk",
]
