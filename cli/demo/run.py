"""What the demo does."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import skimage.data
from percept_adv_cli.demo.output import PAGE, folder_of, publish, result_of, staging
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error, print_kept
from percept_adv_cli.shared.progress import progress

from percept_adv.attacks import AttackRequest, attack_each, make_rule
from percept_adv.classifier import Classifier
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


def run_demo(
    output: Path, *, store: StoreChoice, provider: Any, overwrite: bool, quiet: bool
) -> ExitCode:
    """Attack, write everything into the folder, and say where to look."""
    begin = perf_counter()
    classifier = Classifier(_MODEL, provider=provider)
    settings = {
        "attacks": list(_TITLES),
        "search_steps": _SEARCH_STEPS,
        "iterations": _ITERATIONS,
    }
    sources = {name: _path_of(name) for name in _PHOTOGRAPHS}
    result = result_of(output, classifier, store, sources, settings)
    figures = None if overwrite else result.kept()
    if figures is not None:
        print_kept(result.files[:1])
        return _tell(result.files[0], figures)
    with staging(output) as staged:
        views = _make(staged, classifier, store, quiet=quiet)
        figures = _figures(views, classifier, store, perf_counter() - begin)
        _write_page(staged / PAGE, views, classifier, figures)
        publish(staged, result, figures)
    return _tell(result.files[0], figures)


def _make(
    folder: Path, classifier: Classifier, store: StoreChoice, *, quiet: bool
) -> list[PhotographView]:
    """Attack the photographs; write the pictures into a folder for each."""
    photographs = _read_photographs(classifier)
    results = {name: _attack(name, classifier, photographs, store, quiet=quiet) for name in _TITLES}
    views = []
    with progress(len(photographs), description="pictures", quiet=quiet) as told:
        for name in photographs:
            outcomes = {attack: result[name] for attack, result in results.items()}
            views.append(compare_attacks(name, outcomes, classifier, folder / folder_of(name)))
            told.update()
    return views


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


def _figures(
    views: list[PhotographView], classifier: Classifier, store: StoreChoice, seconds: float
) -> dict[str, Any]:
    """Return what demo.json says."""
    return {
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


def _write_page(
    page: Path, views: list[PhotographView], classifier: Classifier, figures: dict[str, Any]
) -> None:
    """Write the page, with its pictures beside it."""
    footer = (
        f"percept-adv {figures['percept_adv']}, {classifier.name}, {_SEARCH_STEPS} search steps of "
        f"{_ITERATIONS} iterations, {figures['seconds']:.0f} s in all. L2 and "
        "Linf are on [0, 1] values; SSIM and MAD compare the stored image with the original. "
        "Magnified images are shown on one fixed scale, 0.5 + mag / 3. Photographs: scikit-image."
    )
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


def _tell(page: Path, figures: Mapping[str, Any]) -> ExitCode:
    """Print one line for each adversarial image; SOME_FAILED if one is not adversarial."""
    outcome = ExitCode.FINE
    for photograph in figures["photographs"]:
        name = photograph["name"]
        for attack, record in photograph["attacks"].items():
            click.echo(
                f"{name}, {_TITLES[attack]}: {record['label_before_name']} -> "
                f"{record['label_after_name']}, L2 {record['stored_l2']:.2f}, "
                f"MAD {record['mad']:.3f}"
            )
            if not record["success"] or record["read_back"] == record["label"]:
                print_error(f"{name}: {_TITLES[attack]} found no adversarial image")
                outcome = ExitCode.SOME_FAILED
    click.echo(f"{page} ({figures['seconds']:.0f} s)")
    return outcome
