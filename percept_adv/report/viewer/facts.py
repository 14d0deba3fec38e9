"""What a page says of an attack's outcome, in the order of its table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.labels import show_class

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIGURES = {
    "stored_l2": "L2",
    "stored_linf": "Linf",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "mad": "MAD",
    "mad_hi": "HI",
    "mad_lo": "LO",
    "seconds": "seconds",
}


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
        title: record[name] for name, title in _FIGURES.items() if record.get(name) is not None
    }
    return {**facts, **figures}


def _class(record: dict[str, Any], when: str, class_names: Sequence[str] | None) -> str:
    shown = record.get(f"label_{when}_name") or show_class(record[f"label_{when}"], class_names)
    confidence = record.get(f"confidence_{when}")
    return shown if confidence is None else f"{shown}, {100 * confidence:.0f} %"
