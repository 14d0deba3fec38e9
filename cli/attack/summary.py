"""What comes out of a run of ``percept-adv attack``, in one line."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from percept_adv.evaluation import summarise

if TYPE_CHECKING:
    from percept_adv_cli.shared.outputs import Record


def summary_of(records: list[Record]) -> str:
    """Say how many images an attack fools and at what distance, of all results in a folder."""
    summary = summarise(records)
    text = f"{summary.successes} of {summary.classified} images adversarial as stored"
    if summary.successes:
        text += f", mean L2 {summary.mean_distortion:.3f}"
    if isfinite(summary.mean_mad):
        text += f", mean MAD {summary.mean_mad:.3f}"
    text += f", {summary.mean_seconds:.1f} s per image"
    if summary.not_fooled:
        text += f"; {summary.not_fooled}"
    if summary.images > summary.classified:
        text += f"; {summary.images - summary.classified} misclassified without attack"
    return text
