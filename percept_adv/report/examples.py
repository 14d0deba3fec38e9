"""Examples for a page: the best, median and worst success of each attack, and failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.errors import RunError
from percept_adv.images import from_uint8, read_image
from percept_adv.report.outcome_scenes import outcome_scene
from percept_adv.report.pictures import common_gain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.evaluation import AttackOutcomes, RunStore
    from percept_adv.evaluation.protocol import Chosen
    from percept_adv.report.viewer.scene import Scene
    from percept_adv.report.viewer.shelf import Shelf

_FAILURES = 3


def choose_examples(outcomes: AttackOutcomes) -> list[tuple[str, Chosen]]:
    """Return successes of least, median and most distortion, and failures, each with its kind."""
    ranked = sorted(outcomes.successes, key=lambda one: one.record["stored_l2"])
    chosen = []
    if ranked:
        places = {"best": 0, "median": (len(ranked) - 1) // 2, "worst": len(ranked) - 1}
        chosen = [(kind, ranked[place]) for kind, place in places.items()]
    return chosen + [("failure", one) for one in outcomes.failures[:_FAILURES]]


def example_scenes(
    store: RunStore, outcomes: Sequence[AttackOutcomes], shelf: Shelf
) -> tuple[float, list[Scene]]:
    """Return scenes of all images that are an example of any attack, with every attack on them.

    Their differences have one gain, which comes first.

    Raises
    ------
    RunError
        If a picture is gone.
    """
    chosen = {one.attack: choose_examples(one) for one in outcomes}
    gain = common_gain(
        [_perturbation(store, one) for examples in chosen.values() for _, one in examples]
    )
    why: dict[str, list[str]] = {}
    for attack, examples in chosen.items():
        for kind, one in examples:
            why.setdefault(one.sample.sha256, []).append(f"{attack}: {kind}")
    scenes = [_scene(store, outcomes, shelf, place, image, gain) for place, image in enumerate(why)]
    for scene, kinds in zip(scenes, why.values(), strict=True):
        scene.warnings = [f"Example of {'; '.join(kinds)}"]
    return gain, scenes


def _scene(
    store: RunStore,
    outcomes: Sequence[AttackOutcomes],
    shelf: Shelf,
    place: int,
    image: str,
    gain: float,
) -> Scene:
    """Return what all attacks made of one image."""
    found = {
        outcome.attack: one
        for outcome in outcomes
        for one in outcome.chosen
        if one.sample.sha256 == image
    }
    attacked = {
        attack: (attack, _there(store.folder / one.record["picture"]), one.record)
        for attack, one in found.items()
    }
    sample = next(iter(found.values())).sample
    original = _there(store.original_path(sample))
    names = store.configuration.class_names
    return outcome_scene(shelf, place, sample.file, original, attacked, names, gain=gain)


def _perturbation(store: RunStore, one: Chosen) -> NDArray[np.float64]:
    original = from_uint8(read_image(_there(store.original_path(one.sample))).samples)
    perturbation = from_uint8(read_image(_there(store.folder / one.record["picture"])).samples)
    difference: NDArray[np.float64] = perturbation - original
    return difference


def _there(path: Path) -> Path:
    if not path.is_file():
        raise RunError(f"{path} is gone: run percept-adv evaluate again, it makes what is missing")
    return path
