"""``percept-adv smooth``: perturbations that exist already, smoothed along their originals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.classifiers import classifier_options, open_classifier
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.options import (
    json_option,
    max_pixels_option,
    output_option,
    overwrite_option,
    quiet_option,
    transparency_option,
)
from percept_adv_cli.shared.storing import read_store, store_options
from percept_adv_cli.smooth.options import search_options, smoothing_options

if TYPE_CHECKING:
    from percept_adv_cli.smooth.ways import Way

    from percept_adv.classifier import Classifier
    from percept_adv.images import Transparency
    from percept_adv.storing import StoreChoice

_OF_THE_SMOOTHER = ("lam", "kernel", "neighbours", "channels", "method", "tol")


@click.command(
    epilog="Example: percept-adv smooth original.png perturbed.png -o smooth.png --model model.onnx"
)
@click.argument("original", type=click.Path(exists=True, path_type=Path))
@click.argument("perturbed", type=click.Path(exists=True, path_type=Path))
@output_option
@smoothing_options
@search_options
@click.option(
    "--bits",
    type=click.Choice(["8", "16"]),
    default="8",
    show_default=True,
    help="Bits of the result. --model decides on the 8-bit image and so excludes 16.",
)
@store_options
@transparency_option()
@classifier_options
@max_pixels_option
@json_option
@overwrite_option
@quiet_option
def smooth(
    original: Path,
    perturbed: Path,
    output: Path,
    mask: Path | None,
    transparency: Transparency,
    as_json: bool,
    overwrite: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Smooth the difference of PERTURBED and ORIGINAL along the edges of ORIGINAL.

    Writes ORIGINAL plus the smoothed difference into OUT, as a PNG or what --store
    says. Both may be folders: their images are then paired by name, and OUT is a folder
    with the same tree. 16-bit images are read in full; --bits 16 also writes them so.

    With --model the difference is then scaled until the result, as it is stored, is just
    misclassified. Where no scale does it, the image of scale 1 is written, with
    success false and exit code 1.
    """
    from percept_adv_cli.shared.inputs import tell_left_over
    from percept_adv_cli.shared.runs import execute
    from percept_adv_cli.smooth.pairs import find_pairs
    from percept_adv_cli.smooth.run import SmoothingRun

    store = read_store(options)
    _check_paths(original, perturbed, output, store)
    _check_options(store, options)
    pairs, found = find_pairs(original, perturbed, output, store)
    way = _way(options)
    way.check()
    left_over = tell_left_over(found, strict=True)
    run = SmoothingRun(way=way, mask=mask, store=store, transparency=transparency)
    done = execute(run, pairs, overwrite=overwrite, as_json=as_json, quiet=quiet)
    return max(left_over, done)


def _check_paths(original: Path, perturbed: Path, output: Path, store: StoreChoice) -> None:
    """Refuse files that do not go together."""
    if original.is_dir() != perturbed.is_dir():
        raise click.UsageError("give two files or two folders as ORIGINAL and PERTURBED")
    if original.is_dir() or output.is_dir() or not output.suffix:
        return
    suffix = store.suffix_of(original)
    if output.suffix.lower() != suffix:
        kind = {".png": "PNG", ".jpg": "JPEG"}[suffix]
        raise click.UsageError(f"OUT is {output}: results are {kind}, so let it end in {suffix}")


def _check_options(store: StoreChoice, options: dict[str, Any]) -> None:
    """Refuse options that do not go together."""
    from percept_adv.errors import ProviderError

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


def _way(options: dict[str, Any]) -> Way:
    """Return how to smooth: as it is, or until the model of ``--model`` is fooled."""
    from percept_adv_cli.smooth.ways import AsItIs

    from percept_adv.smoothing import DEFAULT_ALPHA

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
    from percept_adv.errors import TableError
    from percept_adv.labels import Classes

    if text is None:
        return None
    try:
        return Classes(classifier.class_count, classifier.class_names, offset).number(text)
    except TableError as error:
        raise click.UsageError(f"--label: {error}") from error
