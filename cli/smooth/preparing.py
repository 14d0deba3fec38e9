"""What ``percept-adv smooth`` needs before its first pair: fitting arguments, and a way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.classifiers import open_classifier
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.smooth.ways import AsItIs

from percept_adv.errors import ProviderError, TableError
from percept_adv.labels import Classes
from percept_adv.smoothing import DEFAULT_ALPHA

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.smooth.ways import Way

    from percept_adv.classifier import Classifier
    from percept_adv.storing import StoreChoice

_OF_THE_SMOOTHER = ("lam", "kernel", "neighbours", "channels", "method", "tol")


def check_paths(original: Path, perturbed: Path, output: Path, store: StoreChoice) -> None:
    """Refuse files that do not go together."""
    if original.is_dir() != perturbed.is_dir():
        raise click.UsageError("give two files or two folders as ORIGINAL and PERTURBED")
    if original.is_dir() or output.is_dir() or not output.suffix:
        return
    suffix = store.suffix_of(original)
    if output.suffix.lower() != suffix:
        kind = {".png": "PNG", ".jpg": "JPEG"}[suffix]
        raise click.UsageError(f"OUT is {output}: results are {kind}, so let it end in {suffix}")


def check_options(store: StoreChoice, options: dict[str, Any]) -> None:
    """Refuse options that do not go together."""
    model, sixteen = options["model"], options["bits"] == "16"
    if model is not None and sixteen:
        raise click.UsageError("--bits 16 excludes --model: what it judges is the 8-bit image")
    if store.store != "png" and sixteen:
        raise click.UsageError(f"--bits 16 is for --store png: --store {store.store} has 8 bits")
    if model is not None:
        return
    if options["label"] is not None:
        raise click.UsageError("--label needs --model")
    if options["provider"] == "cuda":
        raise ProviderError(
            "smoothing runs on the CPU; --provider cuda is for the model of --model"
        )


def way_of(options: dict[str, Any]) -> Way:
    """Return how to smooth: as it is, or until the model of ``--model`` is fooled."""
    own = {name: options[name] for name in _OF_THE_SMOOTHER}
    alpha, model = options["alpha"], options["model"]
    if model is None:
        alpha = DEFAULT_ALPHA if alpha is None else alpha
        return AsItIs(options=own, alpha=alpha, bits=int(options["bits"]))
    from percept_adv_cli.smooth.least_scale import LeastScale

    classifier = open_classifier(model, options)
    for note in classifier.notes:
        print_note(note)
    return LeastScale(
        options=own,
        alpha=alpha,
        classifier=classifier,
        label=_class_number(options["label"], classifier, options["label_offset"]),
        max_scale=options["max_scale"],
    )


def _class_number(text: str | None, classifier: Classifier, offset: int) -> int | None:
    """Return the number of the class that ``--label`` names."""
    if text is None:
        return None
    try:
        return Classes(classifier.class_count, classifier.class_names, offset).number(text)
    except TableError as error:
        raise click.UsageError(f"--label: {error}") from error
