"""What can tell an attacked image from a clean one when the model is at hand. Never a verdict.

To add a score: a file with a `Score`, and its name in `SCORES`.
"""

from __future__ import annotations

from percept_adv.detection.calibration import FEWEST, Calibration, identity_of
from percept_adv.detection.score import Score, Subject
from percept_adv.detection.scores import SCORES, score_file

__all__ = ["FEWEST", "SCORES", "Calibration", "Score", "Subject", "identity_of", "score_file"]
