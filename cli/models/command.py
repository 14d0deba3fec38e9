"""``percept-adv models``: the models and data sets that come with the package."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from percept_adv_cli.shared.classifiers import classifier_options, open_classifier
from percept_adv_cli.shared.completion import complete_bundled
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_json, print_kept
from percept_adv_cli.shared.options import json_option, overwrite_option

_SHOWN = 5


@click.group()
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
        record = _record(name)
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
    record = _described(name, options)
    if as_json:
        print_json(record)
        return
    for key, value in record.items():
        for line in _lines(key, value):
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
    record = _record(name)
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


def _described(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a bundled model or data set, or of a user's model."""
    import percept_adv_models as bundled

    if name in bundled.dataset_names():
        return _record(name)
    if name not in bundled.names() and not Path(name).exists():
        return _record(name)
    classifier = open_classifier(name, options)
    steps = {
        "pipeline": classifier.pipeline.words(),
        "steps": classifier.pipeline.table(),
    }
    if name in bundled.names():
        return _record(name) | steps
    return {
        "kind": "model",
        "name": classifier.name,
        "path": str(classifier.path),
        **steps,
        "inputs": classifier.inputs or None,
        "decision": classifier.decision.name,
        "class_count": classifier.class_count,
        "class_names": classifier.class_names,
        "sha256": classifier.sha256,
        "notes": classifier.notes,
    }


def _record(name: str) -> dict[str, Any]:
    """Return the card of a model or data set as a dictionary, with its kind and its path."""
    import percept_adv_models as bundled

    if name in bundled.dataset_names():
        return {
            "kind": "dataset",
            **asdict(bundled.describe_dataset(name)),
            "path": str(bundled.dataset_path(name)),
        }
    try:
        card = bundled.describe(name)
    except bundled.UnknownModelError as error:
        known = ", ".join((*bundled.names(), *bundled.dataset_names()))
        raise click.BadParameter(
            f"nothing bundled is called {name!r}: choose from {known}", param_hint="NAME"
        ) from error
    return {"kind": "model", **asdict(card), "path": str(bundled.path(name))}


def _lines(key: str, value: Any, indent: str = "") -> list[str]:
    """Return one line for a plain value, and indented ones for a table or a list."""
    if value is None or value == [] or key == "steps":
        return []
    if isinstance(value, dict):
        inner = [line for pair in value.items() for line in _lines(*pair, indent=indent + "  ")]
        return [f"{indent}{key}:", *inner]
    if isinstance(value, list | tuple) and any(isinstance(entry, dict) for entry in value):
        return [line for entry in value for line in _lines(key, entry, indent)]
    if key in ("pipeline", "notes"):
        return [f"{indent}{key}:", *(f"{indent}  {i}. {text}" for i, text in enumerate(value, 1))]
    if isinstance(value, list):
        return [f"{indent}{key}: {_some(value)}"]
    text = ", ".join(f"{entry:g}" for entry in value) if isinstance(value, tuple) else value
    return [f"{indent}{key}: {text}"]


def _some(values: list[Any]) -> str:
    shown = ", ".join(map(str, values[:_SHOWN]))
    return shown if len(values) <= _SHOWN else f"{shown} and {len(values) - _SHOWN} more"
