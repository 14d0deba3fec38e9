"""``percept-adv explain``: which pixels a model's answer depends on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.classifiers import classifier_options, open_classifier
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.options import (
    folder_option,
    inputs_argument,
    json_option,
    overwrite_option,
    quiet_option,
    seed_option,
)

if TYPE_CHECKING:
    from percept_adv_cli.shared.exit_codes import ExitCode


@click.command(
    epilog="Example: percept-adv explain model.onnx photographs/ -o explained/ --method grad_cam"
)
@click.argument("model", metavar="MODEL", shell_complete=complete_model)
@inputs_argument
@folder_option
@click.option(
    "--method",
    type=click.Choice(["saliency", "smoothgrad", "integrated_gradients", "grad_cam"]),
    default="grad_cam",
    show_default=True,
    help="saliency: size of the gradient. smoothgrad: its mean over noisy copies. "
    "integrated_gradients: each pixel's share of the rise from a black image. "
    "grad_cam: where the last feature map speaks for the class.",
)
@click.option(
    "number",
    "--class",
    type=click.IntRange(0),
    metavar="NUMBER",
    help="The class to explain, counted from 0; by default the predicted one.",
)
@click.option(
    "--layer", metavar="TENSOR", help="Feature map for grad_cam; by default the last one."
)
@click.option(
    "--samples",
    type=click.IntRange(1),
    default=25,
    show_default=True,
    help="Noisy copies of smoothgrad.",
)
@click.option(
    "--noise",
    type=click.FloatRange(0),
    default=0.15,
    show_default=True,
    help="Standard deviation of smoothgrad's noise, on values in [0, 1].",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="Steps of integrated_gradients.",
)
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.onnx",
    help="Also write MODEL with its explanation as an output, for any ONNX runtime.",
)
@seed_option
@classifier_options
@overwrite_option
@json_option
@quiet_option
def explain(
    model: str,
    inputs: tuple[Path, ...],
    output: Path,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    export: Path | None,
    **options: Any,
) -> ExitCode:
    """Show which pixels of the images IN the answer of MODEL depends on.

    For each image OUT gets an overlay (PNG), the attributions as floats (NPY) and a record
    (JSON); OUT/index.html shows all of them. Images are explained as the network sees them,
    after their preparation.
    """
    from percept_adv_cli.explain.exporting import write_export
    from percept_adv_cli.explain.run import ExplainRun, Image
    from percept_adv_cli.explain.settings import Settings
    from percept_adv_cli.shared.inputs import find_inputs
    from percept_adv_cli.shared.runs import execute

    if options["at"] == "file":
        raise click.UsageError("images are explained as the network sees them: leave --at file out")
    settings = Settings.of(options)
    classifier = open_classifier(model, {**options, "at": "network"})
    for note in classifier.notes:
        print_note(note)
    if export is not None:
        write_export(model, classifier, export, settings, options, overwrite=overwrite)
    found, looked = find_inputs(inputs, output=output, companions=(".json",))
    images = [Image(one.path, output / one.name.with_suffix(".png")) for one in found]
    run = ExplainRun(classifier, settings, page=output / "index.html")
    done = execute(run, images, overwrite=overwrite, as_json=as_json, quiet=quiet)
    return max(looked, done)
