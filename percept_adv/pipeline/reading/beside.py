"""Contracts that lie beside a model, as exporters write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from percept_adv.pipeline.reading.timm import is_timm

if TYPE_CHECKING:
    from pathlib import Path

PROCESSOR, CONFIGURATION = "preprocessor_config.json", "config.json"
NESTED = "processor_config.json"
"""Of transformers 5, for models that take text too: the image processor is a table in it."""
CONTRACTS = NESTED, PROCESSOR, CONFIGURATION
"""In the order in which transformers looks for them."""


def find_beside(model: Path) -> Path | None:
    """Return the contract of a model's file: one of its own name, or that of its folder.

    Looked for are ``NAME.toml`` for ``NAME.onnx``, ``preprocessor_config.json`` or
    ``processor_config.json``, and a ``config.json`` of timm's; also above a folder named ``onnx``.
    """
    own = model.with_suffix(".toml")
    if own.is_file() and is_contract(own):
        return own
    folders = [model.parent, *([model.parent.parent] if model.parent.name == "onnx" else [])]
    return next(filter(None, map(find_in, folders)), None)


def find_in(folder: Path) -> Path | None:
    """Return the contract of a folder."""
    files = (folder / name for name in CONTRACTS)
    return next((file for file in files if file.is_file() and is_contract(file)), None)


def is_contract(path: Path) -> bool:
    """Return whether a file that lies beside a model is meant as a contract."""
    if path.suffix == ".toml":
        text = path.read_text(encoding="utf-8", errors="replace")
        # The card that a recipe writes beside a model has tables of another kind.
        return "[models" not in text
    if path.name == PROCESSOR:
        return True
    table = load_json(path)
    return "image_processor" in table if path.name == NESTED else is_timm(table)


def load_json(path: Path) -> Mapping[str, Any]:
    """Return what a JSON file holds; nothing if it cannot be read as a table."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, Mapping) else {}


def class_names_beside(contract: Path) -> tuple[str, ...] | None:
    """Return the class names of the ``config.json`` in a contract's folder.

    Its ``id2label``, or timm's ``label_names``.
    """
    table = load_json(contract.parent / CONFIGURATION)
    labels = table.get("id2label")
    if isinstance(labels, Mapping) and all(str(i) in labels for i in range(len(labels))):
        return tuple(str(labels[str(i)]) for i in range(len(labels)))
    own = table.get("pretrained_cfg")
    places = [table, own] if isinstance(own, Mapping) else [table]
    named = (place.get(key) for place in places for key in ("label_names", "labels"))
    names = next((names for names in named if isinstance(names, list)), None)
    return None if names is None else tuple(map(str, names))
