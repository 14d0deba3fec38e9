"""``percept-adv models``: the models and data sets that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from percept_adv_cli.models.cards import described, lines_of, record_of
from percept_adv_cli.shared.classifiers import classifier_options
from percept_adv_cli.shared.completion import complete_bundled
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_json, print_kept
from percept_adv_cli.shared.options import json_option, overwrite_option


@click.group(epilog="Example: percept-adv models list")
def models() -> None:
    """Bundled models and data sets: list, describe, export.

    Their names can stand wherever a command takes a MODEL or a DATASET.
    """


@models.command("list", epilog="Example: percept-adv models list")
@json_option
def list_all(as_json: bool) -> None:
    """List what is bundled, one line each."""
    import percept_adv_models

    for name in (*percept_adv_models.names(), *percept_adv_models.dataset_names()):
        record = record_of(name)
        if as_json:
            print_json(record)
        else:
            click.echo(f"{name:24} {record['kind']:8} {record['description']}")


@models.command(epilog="Example: percept-adv models describe model.onnx --contract resnet50")
@click.argument("name", metavar="NAME|MODEL", shell_complete=complete_bundled)
@classifier_options
@json_option
def describe(name: str, as_json: bool, **options: Any) -> None:
    """Say what is known of NAME: pipeline, classes, accuracy, licence, source.

    NAME is that of a bundled model or data set, or a MODEL of your own: an .onnx file, or a folder
    with one and its preprocessor_config.json. Its pipeline is shown in words, step by step.
    """
    record = described(name, options)
    if as_json:
        print_json(record)
        return
    for key, value in record.items():
        for line in lines_of(key, value):
            click.echo(line)


@models.command(epilog="Example: percept-adv models export c4 -o c4.onnx")
@click.argument("name", metavar="NAME", shell_complete=complete_bundled)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="The .onnx file, or the folder of a data set.",
)
@overwrite_option
@json_option
def export(name: str, output: Path, overwrite: bool, as_json: bool) -> ExitCode:
    """Copy the .onnx file of a model, or the folder of a data set, to FILE.

    An existing folder FILE receives a model under its own file name.
    """
    record = record_of(name)
    source = Path(record["path"])
    if source.is_dir():
        # The labels last: where they stand, the images do too.
        files = sorted(source.iterdir(), key=lambda file: (file.name == "labels.csv", file.name))
        copies = [(file, output / file.name) for file in files if file.is_file()]
    else:
        copies = [(source, output / source.name if output.is_dir() else output)]
    kept = [] if overwrite else [target for file, target in copies if _is_copied(file, target)]
    for file, target in copies:
        if target not in kept:
            _copy(file, target)
    print_kept(kept)
    if as_json:
        print_json({"name": name, "files": [str(target) for _, target in copies]})
    return ExitCode.FINE


def _is_copied(source: Path, target: Path) -> bool:
    """Tell whether the copy is there already.

    Raises
    ------
    ExistingOutputError
        If something else is.
    """
    from percept_adv.errors import ExistingOutputError
    from percept_adv.provenance import file_sha256

    if not target.exists():
        return False
    if file_sha256(source) == file_sha256(target):
        return True
    raise ExistingOutputError(target, "it holds something else")


def _copy(source: Path, target: Path) -> None:
    import shutil

    from percept_adv.images import atomic_write

    with atomic_write(target) as part:
        shutil.copyfile(source, part)
