"""What a page says of an attack's outcome, in the order of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.labels import show_class
from percept_adv.report.viewer.scene import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

FIGURES = {
    "stored_l2": Figure("L2", "length of the perturbation, values in [0, 1]"),
    "stored_linf": Figure("Linf", "greatest change of a sample; one step of 8 bits is 0.0039"),
    "psnr": Figure("PSNR", "likeness to the original in dB: higher is more alike"),
    "ssim": Figure("SSIM", "likeness to the original: 1 is equal"),
    "mad": Figure(
        "MAD", "perceived distortion (Larson and Chandler, 2010): lower is better, 0 is none"
    ),
    "mad_hi": Figure("HI", "its part for faint distortions"),
    "mad_lo": Figure("LO", "its part for clear distortions"),
    "seconds": Figure("seconds", "this image's share of the time of the attack"),
}
"""What a page tells of an outcome's numbers, by their names in records."""


def attack_facts(
    attack: str, record: dict[str, Any], class_names: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return class and confidence before and after, success and metrics, titled for people.

    Parameters
    ----------
    attack
        Its name.
    record
        Of the outcome, by `percept_adv.evaluation.outcome_record`.
    class_names
        Names of the model's classes, where the record has only their numbers.
    """
    facts: dict[str, Any] = {
        "attack": attack,
        "success": bool(record["success"]),
        "class before": _class(record, "before", class_names),
        "class after": _class(record, "after", class_names),
    }
    figures = {
        one.title: record[name] for name, one in FIGURES.items() if record.get(name) is not None
    }
    return {**facts, **figures}


def _class(record: dict[str, Any], when: str, class_names: Sequence[str] | None) -> str:
    shown = record.get(f"label_{when}_name") or show_class(record[f"label_{when}"], class_names)
    confidence = record.get(f"confidence_{when}")
    return shown if confidence is None else f"{shown}, {100 * confidence:.0f}\N{NO-BREAK SPACE}%"
