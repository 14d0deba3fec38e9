"""What a page says of an attack's outcome, in the order of its table."""

from __future__ import annotations

from typing import Any

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


def attack_facts(attack: str, record: dict[str, Any]) -> dict[str, Any]:
    """Return class and confidence before and after, success and metrics, titled for people.

    Parameters
    ----------
    attack
        Its name.
    record
        Of the outcome, by `percept_adv.evaluation.outcome_record`.
    """
    facts: dict[str, Any] = {
        "attack": attack,
        "success": bool(record["success"]),
        "class before": _class(record, "before"),
        "class after": _class(record, "after"),
    }
    figures = {
        title: record[name] for name, title in _FIGURES.items() if record.get(name) is not None
    }
    return {**facts, **figures}


def _class(record: dict[str, Any], when: str) -> str:
    name = record.get(f"label_{when}_name") or str(record.get(f"label_{when}", ""))
    confidence = record.get(f"confidence_{when}")
    return name if confidence is None else f"{name}, {100 * confidence:.0f} %"
