"""What magnification says without the model, for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.detection.score import Score
from percept_adv.magnification import magnification_statistics, magnify

if TYPE_CHECKING:
    from percept_adv.detection.score import Subject


def _rms_flat(subject: Subject) -> float:
    signal = magnify(subject.image)
    return magnification_statistics(subject.image, signal).rms_flat


RMS_FLAT = Score(
    "rms_flat",
    "RMS in flat areas of the magnified image",
    "What magnification sees of one image alone: strong attacks on flat areas, and noise.",
    "high",
    _rms_flat,
)
