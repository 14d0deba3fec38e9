"""``percept-adv calibrate``: what scores are usual for clean images."""

from __future__ import annotations

import hashlib
from functools import partial as partial_of
from pathlib import Path
from typing import Any

import click
from percept_adv_cli.shared.classifiers import classifier_options, open_classifier
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_kept, print_note
from percept_adv_cli.shared.options import (
    max_pixels_option,
    output_option,
    overwrite_option,
    quiet_option,
)


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

    Scores are kept in OUT.partial as they come. After an interruption the same command goes on.
    """
    from percept_adv_cli.calibrate.partial import PartialScores
    from percept_adv_cli.shared.detection import calibrate_on

    from percept_adv import __version__
    from percept_adv.detection import score_file
    from percept_adv.images import check_place
    from percept_adv.provenance import Origin, Output

    classifier = open_classifier(model, options)
    hashes = {"set of clean images": _digest(inputs), "model": classifier.sha256}
    result = Output.beside(Origin("calibrate", hashes, classifier.contract_record), output)
    record = None if overwrite else result.kept()
    if record is not None:
        print_kept([output])
        click.echo(f"{output}: {record['images']} clean images")
        return ExitCode.SOME_FAILED if record["some_failed"] else ExitCode.FINE
    check_place(output.parent)
    made_by = {"version": __version__, "model": classifier.sha256, **classifier.contract_record}
    partial = PartialScores(output, made_by, partial_of(score_file, classifier))
    if len(partial):
        print_note(f"{len(partial)} images have been scored before an interruption: {partial.file}")
    calibration, outcome = calibrate_on(classifier, inputs, quiet=quiet, score=partial.of)
    result.write(
        {"images": calibration.count, "some_failed": outcome is not ExitCode.FINE},
        lambda part: part.write_text(calibration.to_json(), encoding="utf-8"),
    )
    partial.forget()
    if calibration.note is not None:
        print_note(calibration.note)
    click.echo(f"{output}: {calibration.count} clean images")
    return outcome


def _digest(inputs: tuple[Path, ...]) -> str:
    """Return one hash for all images, in whatever order; one that cannot be read has its own."""
    from percept_adv.errors import ImageError
    from percept_adv.images import content_sha256, search_images

    each = []
    for found in search_images(inputs).images:
        try:
            each.append(content_sha256(found.path))
        except ImageError:
            each.append("unreadable")
    return hashlib.sha256("".join(sorted(each)).encode()).hexdigest()
