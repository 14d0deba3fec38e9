"""Contracts that lie beside a model, as exporters write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PROCESSOR, CONFIGURATION = "preprocessor_config.json", "config.json"


def find_beside(model: Path) -> Path | None:
    """Return the contract of a model's file: one of its own name, or that of its folder.

    Looked for are ``NAME.toml`` for ``NAME.onnx``, ``preprocessor_config.json``, and a
    ``config.json`` of timm's; also above a folder named ``onnx``.
    """
    own = model.with_suffix(".toml")
    if own.is_file() and is_contract(own):
        return own
    folders = [model.parent, *([model.parent.parent] if model.parent.name == "onnx" else [])]
    for folder in folders:
        for name in (PROCESSOR, CONFIGURATION):
            if (folder / name).is_file() and is_contract(folder / name):
                return folder / name
    return None


def is_contract(path: Path) -> bool:
    """Return whether a file that lies beside a model is meant as a contract."""
    if path.suffix == ".toml":
        text = path.read_text(encoding="utf-8", errors="replace")
        # The card that a recipe writes beside a model has tables of another kind.
        return "[models" not in text
    if path.name == PROCESSOR:
        return True
    return "pretrained_cfg" in load_json(path)


def load_json(path: Path) -> Mapping[str, Any]:
    """Return what a JSON file holds; nothing if it cannot be read as a table."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, Mapping) else {}


def class_names_beside(contract: Path) -> tuple[str, ...] | None:
    """Return the class names of the ``config.json`` in a contract's folder: its ``id2label``."""
    table = load_json(contract.parent / CONFIGURATION)
    labels = table.get("id2label")
    if isinstance(labels, Mapping) and all(str(i) in labels for i in range(len(labels))):
        return tuple(str(labels[str(i)]) for i in range(len(labels)))
    names = table.get("label_names")
    return tuple(map(str, names)) if isinstance(names, list) else None
