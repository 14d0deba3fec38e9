"""``percept-adv calibrate``: what scores are usual for clean images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.classifiers import classifier_options, open_classifier
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.options import (
    max_pixels_option,
    output_option,
    overwrite_option,
    quiet_option,
)

if TYPE_CHECKING:
    from percept_adv_cli.shared.exit_codes import ExitCode


@click.command(epilog="Example: percept-adv calibrate model.onnx clean/ -o calibration.json")
@click.argument("model", metavar="MODEL", shell_complete=complete_model)
@click.argument(
    "inputs",
    metavar="CLEAN...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
@output_option
@classifier_options
@max_pixels_option
@overwrite_option
@quiet_option
def calibrate(
    model: str,
    inputs: tuple[Path, ...],
    output: Path,
    *,
    overwrite: bool,
    quiet: bool,
    **options: Any,
) -> ExitCode:
    """Score CLEAN images with MODEL and write their scores into the file OUT.

    magnify and inspect take the file with --calibration OUT. They then say how many of the clean
    images look as unusual as each image. Give 50 clean images or more, of the same kind and
    from the same source as those to be examined.
    """
    from percept_adv_cli.shared.detection import calibrate_on

    from percept_adv.errors import ExistingOutputError
    from percept_adv.images import atomic_write

    if output.exists() and not overwrite:
        raise ExistingOutputError(output, "there is such a file already")
    classifier = open_classifier(model, options)
    calibration, outcome = calibrate_on(classifier, inputs, quiet=quiet)
    with atomic_write(output) as part:
        part.write_text(calibration.to_json(), encoding="utf-8")
    if calibration.note is not None:
        print_note(calibration.note)
    click.echo(f"{output}: {calibration.count} clean images")
    return outcome
