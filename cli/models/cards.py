"""What is known of a model or data set, as a record and as lines for people."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from percept_adv_cli.shared.classifiers import open_classifier

_SHOWN = 5
"""Entries of a list, such as names of classes, that a line holds."""


def described(name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a bundled model or data set, or of a user's model."""
    import percept_adv_models as bundled

    if name in bundled.dataset_names():
        return record_of(name)
    if name not in bundled.names() and not Path(name).exists():
        return record_of(name)
    classifier = open_classifier(name, options)
    steps = {
        "pipeline": classifier.pipeline.words(),
        "steps": classifier.pipeline.table(),
    }
    if name in bundled.names():
        return record_of(name) | steps
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


def record_of(name: str) -> dict[str, Any]:
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


def lines_of(key: str, value: Any, indent: str = "") -> list[str]:
    """Return one line for a plain value, and indented ones for a table or a list."""
    if value is None or value == [] or key == "steps":
        return []
    if isinstance(value, dict):
        inner = [line for pair in value.items() for line in lines_of(*pair, indent=indent + "  ")]
        return [f"{indent}{key}:", *inner]
    if isinstance(value, list | tuple) and any(isinstance(entry, dict) for entry in value):
        return [line for entry in value for line in lines_of(key, entry, indent)]
    if key in ("pipeline", "notes"):
        return [f"{indent}{key}:", *(f"{indent}  {i}. {text}" for i, text in enumerate(value, 1))]
    if isinstance(value, list):
        return [f"{indent}{key}: {_some(value)}"]
    text = ", ".join(f"{entry:g}" for entry in value) if isinstance(value, tuple) else value
    return [f"{indent}{key}: {text}"]


def _some(values: list[Any]) -> str:
    shown = ", ".join(map(str, values[:_SHOWN]))
    return shown if len(values) <= _SHOWN else f"{shown} and {len(values) - _SHOWN} more"
