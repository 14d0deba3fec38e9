"""An input contract of which a user names some fields."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from percept_adv.classifier.contract import InputContract, read_contract
from percept_adv.classifier.guessing import guess_contract, input_dimensions
from percept_adv.classifier.source import find_model
from percept_adv.gradients.loading import load_model
from percept_adv.gradients.ports import choose_input

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import onnx

_AXES = {"NCHW": (1, 2, 3), "NHWC": (3, 1, 2)}
"""Where channels, height and width stand."""


def complete_contract(
    model: str | Path, given: Mapping[str, Any], *, input_name: str | None = None
) -> InputContract:
    """Return the contract of a model with the given fields, and all others as they are known.

    The others come from the catalogue for a bundled model, otherwise from the shape of the
    model's input.

    Parameters
    ----------
    model
        Path of an ``.onnx`` file, or the name of a bundled model.
    given
        Fields of `InputContract`.
    input_name
        The image input, where the model has several that fit.

    Raises
    ------
    ParameterError
        If a field is unknown or its value cannot be used.
    ModelError
        If the model cannot be read, or its shape does not tell what is not given.
    """
    source = find_model(model)
    if source.contract is not None:
        return read_contract(asdict(source.contract) | dict(given))
    value = choose_input(load_model(source.path).graph, input_name)
    return read_contract(_known_from_shape(value, given.get("layout")) | dict(given))


def _known_from_shape(value: onnx.ValueInfoProto, layout: str | None) -> dict[str, Any]:
    """Return what an input's shape tells; with a layout it need not show the channels."""
    dimensions = input_dimensions(value)
    if layout not in ("NCHW", "NHWC") or len(dimensions) != 4:
        return asdict(guess_contract(value))
    channels, height, width = (dimensions[axis] for axis in _AXES[layout])
    order = "grey" if channels == 1 else "RGB"
    return {"channel_order": order, "height": height, "width": width}
