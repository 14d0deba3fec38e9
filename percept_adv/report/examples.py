"""Examples for a page: the best, median and worst success of each attack, and failures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.errors import RunError
from percept_adv.evaluation.robustness_tables import show_class
from percept_adv.images import from_uint8, read_image
from percept_adv.report.pictures import common_gain, perturbation_picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.evaluation import AttackOutcomes, RunStore
    from percept_adv.evaluation.protocol import Chosen

_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One outcome with its pictures."""

    kind: str
    file: str
    record: dict[str, Any]
    class_before: str
    class_after: str
    original: NDArray[np.uint8]
    adversarial: NDArray[np.uint8]
    perturbation: NDArray[np.uint8]


def choose_examples(outcomes: AttackOutcomes) -> list[tuple[str, Chosen]]:
    """Return successes of least, median and most distortion, and failures, each with its kind."""
    ranked = sorted(outcomes.successes, key=lambda one: one.record["stored_l2"])
    chosen = []
    if ranked:
        places = {"best": 0, "median": (len(ranked) - 1) // 2, "worst": len(ranked) - 1}
        chosen = [(kind, ranked[place]) for kind, place in places.items()]
    return chosen + [("failure", one) for one in outcomes.failures[:_FAILURES]]


def load_examples(
    store: RunStore, outcomes: Sequence[AttackOutcomes]
) -> tuple[float, list[tuple[AttackOutcomes, list[Example]]]]:
    """Read the pictures of each attack's examples; perturbations have one gain, which comes first.

    Raises
    ------
    RunError
        If a picture is gone.
    """
    chosen = {one.attack: choose_examples(one) for one in outcomes}
    perturbations = [
        _perturbation(store, one) for examples in chosen.values() for _, one in examples
    ]
    gain = common_gain(perturbations)
    return gain, [
        (outcome, [_load(store, kind, one, gain) for kind, one in chosen[outcome.attack]])
        for outcome in outcomes
    ]


def _perturbation(store: RunStore, one: Chosen) -> NDArray[np.float64]:
    original = from_uint8(_read(store.original_path(one.sample)))
    perturbation: NDArray[np.float64] = from_uint8(_read(store.folder / one.record["picture"]))
    perturbation -= original
    return perturbation


def _load(store: RunStore, kind: str, one: Chosen, gain: float) -> Example:
    names = store.configuration.class_names
    before, after = (
        show_class(label, names)
        for label in (one.record["label_before"], one.record["label_after"])
    )
    return Example(
        kind,
        one.sample.file,
        one.record,
        before,
        after,
        _read(store.original_path(one.sample)),
        _read(store.folder / one.record["picture"]),
        perturbation_picture(_perturbation(store, one), gain),
    )


def _read(path: Path) -> NDArray[np.uint8]:
    if not path.is_file():
        raise RunError(f"{path} is gone: run percept-adv evaluate again, it makes what is missing")
    samples: NDArray[np.uint8] = read_image(path).samples
    return samples
