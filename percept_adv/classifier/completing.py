"""An input contract of which a user names some fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from percept_adv.classifier.contract import InputContract, read_contract, read_toml
from percept_adv.classifier.guessing import guess_contract, input_dimensions
from percept_adv.classifier.source import find_model
from percept_adv.gradients.loading import load_model
from percept_adv.gradients.ports import choose_input

if TYPE_CHECKING:
    import onnx

_AXES = {"NCHW": (1, 2, 3), "NHWC": (3, 1, 2)}
"""Where channels, height and width stand."""


def contract_of(model: str | Path, *, input_name: str | None = None) -> InputContract:
    """Return the contract of a model as it is known from the catalogue or its input's shape.

    Raises
    ------
    ModelError
        If the model cannot be read, or its shape does not tell.
    """
    source = find_model(model)
    value = choose_input(load_model(source.path).graph, input_name)
    return complete_contract({}, source.contract, value)


def complete_contract(
    given: InputContract | Mapping[str, Any] | str | Path,
    catalogued: InputContract | None,
    value: onnx.ValueInfoProto,
) -> InputContract:
    """Return a contract with the given fields, and all others as they are known.

    The others come from the catalogue for a bundled model, otherwise from the shape of the
    model's input.

    Parameters
    ----------
    given
        Fields of `InputContract`, a TOML file with some, or a contract, which is complete.
    catalogued
        The contract of a bundled model.
    value
        The model's image input.

    Raises
    ------
    ParameterError
        If a field is unknown or its value cannot be used, or the file cannot be read.
    ModelError
        If the shape does not tell what is not given.
    """
    if isinstance(given, InputContract):
        return given
    table = dict(given) if isinstance(given, Mapping) else read_toml(Path(given))
    if catalogued is not None:
        return read_contract(asdict(catalogued) | table)
    return read_contract(_known_from_shape(value, table.get("layout")) | table)


def _known_from_shape(value: onnx.ValueInfoProto, layout: str | None) -> dict[str, Any]:
    """Return what an input's shape tells; with a layout it need not show the channels."""
    dimensions = input_dimensions(value)
    if layout not in _AXES or len(dimensions) != 4:
        return asdict(guess_contract(value))
    channels, height, width = (dimensions[axis] for axis in _AXES[layout])
    order = "grey" if channels == 1 else "RGB"
    return {"channel_order": order, "height": height, "width": width}
