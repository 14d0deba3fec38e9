"""``percept-adv smooth``: perturbations that exist already, smoothed along their originals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.attack_names import SOLVERS
from percept_adv_cli.shared.classifiers import classifier_options, open_classifier
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.labels import class_options
from percept_adv_cli.shared.messages import print_error, print_json, print_line, print_note
from percept_adv_cli.shared.numbers import NUMBER, POSITIVE, Number
from percept_adv_cli.shared.options import (
    json_option,
    max_pixels_option,
    output_option,
    overwrite_option,
    quiet_option,
    transparency_option,
)
from percept_adv_cli.shared.runs import do_each
from percept_adv_cli.shared.storing import read_store, store_options

if TYPE_CHECKING:
    from percept_adv_cli.smooth.run import Job

    from percept_adv.classifier import Classifier
    from percept_adv.images import Transparency
    from percept_adv.storing import StoreChoice

_PARAMETERS = ("lam", "kernel", "neighbours", "channels", "method", "tol")


class _Smoothing(Number):
    """A number; what is called alpha elsewhere is told apart."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a number, or say which option is meant."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                f"{value!r} is no number: --alpha is how much to smooth; what is done with an "
                "alpha channel is --transparency ignore, mask or blend:COLOUR",
                param,
                ctx,
            )


@click.command(
    epilog="Example: percept-adv smooth original.png perturbed.png -o smooth.png --model model.onnx"
)
@click.argument("original", type=click.Path(exists=True, path_type=Path))
@click.argument("perturbed", type=click.Path(exists=True, path_type=Path))
@output_option
@click.option(
    "--alpha",
    type=_Smoothing(),
    help="How much to smooth: 0 not at all, 1 (excluded) the most. By default 0.997. "
    "With --model, for each image, the one of 0.5, 0.8, 0.9, 0.95 and 0.997 whose "
    "result has the least L2.",
)
@click.option(
    "--lam",
    type=NUMBER,
    default=10.0,
    show_default=True,
    help="How much an edge stops the smoothing; see --kernel.",
)
@click.option(
    "--kernel",
    type=click.Choice(["laplacian", "gaussian"]),
    default="laplacian",
    show_default=True,
    help="Weight of two neighbours whose colours have the distance d: exp(-lam d) or "
    "exp(-lam d^2).",
)
@click.option(
    "--neighbours",
    type=NUMBER,
    default=4,
    show_default=True,
    help="Neighbours of a pixel: 4, 8, or all within this radius.",
)
@click.option(
    "--channels",
    type=click.Choice(["joint", "per_channel"]),
    default="joint",
    show_default=True,
    help="One graph for all channels, or one for each.",
)
@click.option(
    "--method",
    type=click.Choice(SOLVERS),
    default="auto",
    show_default=True,
    help="Solver; auto takes the fastest for the graph.",
)
@click.option(
    "--tol",
    type=NUMBER,
    default=1e-6,
    show_default=True,
    help="Relative residual at which the solver stops.",
)
@click.option(
    "--mask",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An image of the size of the originals: smoothing stays where it is not black, and "
    "nothing changes elsewhere.",
)
@click.option(
    "--model",
    metavar="MODEL",
    shell_complete=complete_model,
    help="Scale the result down until this model is only just fooled: an .onnx file or "
    "the name of a bundled model.",
)
@click.option(
    "--label",
    metavar="CLASS",
    help="The right class, by number (from 0) or name; by default what the model makes "
    "of the original.",
)
@class_options
@click.option(
    "--max-scale",
    type=POSITIVE,
    default=100.0,
    show_default=True,
    help="The largest scale that --model tries.",
)
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
    model: str | None,
    label: str | None,
    max_scale: float,
    bits: str,
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
    from percept_adv_cli.shared.notes import Notes
    from percept_adv_cli.shared.outputs import sort_by_output
    from percept_adv_cli.smooth.run import SmoothingRun, describe, find_jobs, refuse_failure

    store = read_store(options)
    _check_usage(original, perturbed, output, store, searches=model is not None, label=label)
    if model is None:
        _refuse_cuda(options["provider"])
    if model is not None and bits != "8":
        raise click.UsageError("--bits 16 excludes --model: what it judges is the 8-bit image")
    if store.store != "png" and bits != "8":
        raise click.UsageError(f"--bits 16 is for --store png: --store {store.store} has 8 bits")
    jobs, pairs = find_jobs(original, perturbed, output, store)
    classifier = None if model is None else _open(model, options)
    run = SmoothingRun(
        parameters={name: options[name] for name in _PARAMETERS},
        classifier=classifier,
        label=_class_number(label, classifier, options["label_offset"]),
        alpha=_alpha(options["alpha"], searches=model is not None),
        max_scale=max_scale,
        bits=int(bits),
        mask=options["mask"],
        store=store,
        transparency=transparency,
    )
    run.check_parameters()
    for note in pairs.notes:
        print_note(note)
    for sentence in [*pairs.unpaired, *pairs.surplus]:
        print_error(sentence)
    found = sort_by_output(
        jobs,
        run.output_of,
        overwrite=overwrite,
        name=_name,
        inputs={path for job in jobs for path in (job.original, job.perturbed)},
    )

    notes = Notes()

    def tell(job: Job, record: dict[str, Any], status: str) -> None:
        notes.tell(record["notes"], job.original, job.perturbed)
        if as_json:
            print_json({**record, "status": status})
        else:
            print_line(describe(record))
        refuse_failure(record, max_scale)

    kept = do_each(found.kept, lambda pair: tell(*pair, "kept"), name=_name_kept, quiet=True)
    made = do_each(
        found.waiting,
        lambda job: tell(job, run(job), "written"),
        name=_name,
        description="smooth",
        quiet=quiet,
    )
    left = ExitCode.SOME_FAILED if pairs.unpaired or pairs.surplus else ExitCode.FINE
    return max(kept, made, found.outcome, left)


def _alpha(given: float | None, *, searches: bool) -> float | None:
    """Return alpha, or None where the model chooses it."""
    from percept_adv.smoothing import DEFAULT_ALPHA

    return DEFAULT_ALPHA if given is None and not searches else given


def _class_number(text: str | None, classifier: Classifier | None, offset: int) -> int | None:
    """Return the number of the class that ``--label`` names."""
    from percept_adv.errors import TableError
    from percept_adv.labels import Classes

    if text is None or classifier is None:
        return None
    try:
        return Classes(classifier.class_count, classifier.class_names, offset).number(text)
    except TableError as error:
        raise click.UsageError(f"--label: {error}") from error


def _name(job: Job) -> str:
    return str(job.perturbed)


def _name_kept(pair: tuple[Job, dict[str, Any]]) -> str:
    return _name(pair[0])


def _check_usage(
    original: Path,
    perturbed: Path,
    output: Path,
    store: StoreChoice,
    *,
    searches: bool,
    label: str | None,
) -> None:
    """Refuse arguments that do not go together."""
    if original.is_dir() != perturbed.is_dir():
        raise click.UsageError("give two files or two folders as ORIGINAL and PERTURBED")
    if not original.is_dir() and not output.is_dir() and output.suffix:
        suffix = store.suffix_of(original)
        if output.suffix.lower() != suffix:
            kind = {".png": "PNG", ".jpg": "JPEG"}[suffix]
            raise click.UsageError(
                f"OUT is {output}: results are {kind}, so let it end in {suffix}"
            )
    if label is not None and not searches:
        raise click.UsageError("--label needs --model")


def _refuse_cuda(provider: str) -> None:
    """Raise where CUDA is asked for and there is no model to run on it."""
    from percept_adv.errors import ProviderError

    if provider == "cuda":
        raise ProviderError(
            "smoothing runs on the CPU; --provider cuda is for the model of --model"
        )


def _open(model: str, options: dict[str, Any]) -> Classifier:
    classifier = open_classifier(model, options)
    for note in classifier.notes:
        print_note(note)
    return classifier
