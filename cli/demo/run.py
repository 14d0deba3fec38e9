"""What the demo does."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import skimage.data
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error
from percept_adv_cli.shared.progress import progress

from percept_adv.attacks import AttackRequest, attack_each, make_rule
from percept_adv.classifier import Classifier
from percept_adv.images import atomic_write, make_folder
from percept_adv.report import (
    SETTINGS,
    FolderShelf,
    Manifest,
    compare_attacks,
    outcome_scene,
    write_page,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from percept_adv.attacks import ImageResult
    from percept_adv.report import PhotographView
    from percept_adv.storing import StoreChoice

_MODEL = "efficientnet-lite0"
_PHOTOGRAPHS = {"cat": "chelsea.png", "coffee cup": "coffee.png", "camera": "camera.png"}
_TITLES = {"cw": "C&W", "scw": "smooth C&W"}
_SEARCH_STEPS, _ITERATIONS = 4, 50

_LEAD = (
    "The photographs keep their own size: each adversarial file, sent as it is, goes through the "
    "pipeline of the deployed network ({pipeline}) and fools it. "
    "Both attacks make the network see something else. Magnification divides each image by "
    "its local contrast: what C&W hides in flat areas becomes plain to see, while the smooth "
    "attack follows the image and leaves them alone."
)


def run_demo(output: Path, *, store: StoreChoice, provider: Any, quiet: bool) -> ExitCode:
    """Attack, write everything into the folder, and say where to look."""
    begin = perf_counter()
    classifier = Classifier(_MODEL, provider=provider)
    make_folder(output)
    photographs = _read_photographs(classifier)
    results = {name: _attack(name, classifier, photographs, store, quiet=quiet) for name in _TITLES}
    views = []
    with progress(len(photographs), description="pictures", quiet=quiet) as told:
        for name in photographs:
            outcomes = {attack: result[name] for attack, result in results.items()}
            folder = output / name.replace(" ", "_")
            views.append(compare_attacks(name, outcomes, classifier, folder))
            told.update()
    seconds = perf_counter() - begin
    _write(output, views, classifier, store, seconds)
    return _tell(output, views, seconds)


def _read_photographs(classifier: Classifier) -> dict[str, NDArray[np.float32]]:
    return {name: classifier.read(_path_of(name))[0] for name in _PHOTOGRAPHS}


def _path_of(photograph: str) -> Path:
    return Path(skimage.data.data_dir) / _PHOTOGRAPHS[photograph]


def _attack(
    name: str,
    classifier: Classifier,
    photographs: Mapping[str, NDArray[np.float32]],
    store: StoreChoice,
    *,
    quiet: bool,
) -> dict[str, ImageResult]:
    """Attack each photograph at its own size."""
    rule = make_rule(name, search_steps=_SEARCH_STEPS, iterations=_ITERATIONS)
    steps = _SEARCH_STEPS * _ITERATIONS * len(photographs)
    results = {}
    with progress(steps, description=_TITLES[name], quiet=quiet) as told:
        for photograph, pixels in photographs.items():
            target, images = classifier.taking(pixels.shape), pixels[np.newaxis]
            labels = target.predict(images)
            kind, _ = store.of(_path_of(photograph))
            request = AttackRequest(
                target, images, labels, store=kind, callback=lambda _: told.update()
            )
            (results[photograph],) = attack_each(rule, request)
    return results


def _write(
    output: Path,
    views: list[PhotographView],
    classifier: Classifier,
    store: StoreChoice,
    seconds: float,
) -> None:
    """Write demo.json and the page."""
    figures = {
        "percept_adv": version("percept-adv"),
        "model": classifier.name,
        "model_sha256": classifier.sha256,
        "provider": classifier.provider,
        "pipeline": classifier.pipeline.table(),
        "at": classifier.place,
        "store": store.name,
        "search_steps": _SEARCH_STEPS,
        "iterations": _ITERATIONS,
        "seconds": seconds,
        "magnification": {"beta": 0.8, "domain_sigma": 5.0, "range_sigma": 0.2, "norm": "fixed"},
        "photographs": [
            {
                "name": view.name,
                "file": _PHOTOGRAPHS[view.name],
                "perturbation_gain": view.gain,
                "attacks": {attack.attack: attack.record for attack in view.attacks},
            }
            for view in views
        ],
    }
    with atomic_write(output / "demo.json") as part:
        part.write_text(json.dumps(figures, indent=1, allow_nan=False), encoding="utf-8")
    footer = (
        f"percept-adv {figures['percept_adv']}, {classifier.name}, "
        f"{_SEARCH_STEPS} search steps of {_ITERATIONS} iterations, {seconds:.0f} s in all. L2 and "
        "Linf are on [0, 1] values; SSIM and MAD compare the stored image with the original. "
        "Magnified images are shown on one fixed scale, 0.5 + mag / 3. Photographs: scikit-image."
    )
    page = output / "index.html"
    shelf = FolderShelf(page)
    scenes = [
        outcome_scene(
            shelf,
            place,
            view.name,
            view.original,
            {one.attack: (_TITLES[one.attack], one.path, one.record) for one in view.attacks},
        )
        for place, view in enumerate(views)
    ]
    write_page(
        page,
        "comparison.html",
        title="What is to be seen of an attack",
        lead=_LEAD.format(pipeline="; ".join(_geometry(classifier))),
        photographs=views,
        titles=_TITLES,
        manifest=Manifest(scenes, SETTINGS, arrangement="attacks").as_json(),
        library=shelf.library,
        footer=footer,
    )


def _geometry(classifier: Classifier) -> list[str]:
    """Return the steps of a pipeline that crop and resize, in words."""
    steps = classifier.pipeline.geometry.steps
    return [step.words() for step in steps if step.kind not in ("colour_mode", "orientation")]


def _tell(output: Path, views: list[PhotographView], seconds: float) -> ExitCode:
    """Print one line for each adversarial image; SOME_FAILED if one is not adversarial."""
    outcome = ExitCode.FINE
    for view in views:
        for attack in view.attacks:
            record = attack.record
            click.echo(
                f"{view.name}, {_TITLES[attack.attack]}: {record['label_before_name']} -> "
                f"{record['label_after_name']}, L2 {record['stored_l2']:.2f}, "
                f"MAD {record['mad']:.3f}"
            )
            if not record["success"] or record["read_back"] == record["label"]:
                print_error(f"{view.name}: {_TITLES[attack.attack]} found no adversarial image")
                outcome = ExitCode.SOME_FAILED
    click.echo(f"{output / 'index.html'} ({seconds:.0f} s)")
    return outcome
