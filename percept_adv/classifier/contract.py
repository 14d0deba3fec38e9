"""The input contract: how an image in [0, 1] becomes what a model expects."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Layout = Literal["NCHW", "NHWC"]
ChannelOrder = Literal["RGB", "BGR", "grey"]


@dataclass(frozen=True, slots=True)
class InputContract:
    """How an image enters a model: as ``(image - mean) / std``, in the model's layout.

    Attributes
    ----------
    layout
        Order of the model's axes.
    channel_order
        Order of the model's channels; ``"grey"`` means one channel. Images are RGB.
    height, width
        Size in pixels that the model takes; None where it takes any.
    mean, std
        One value for each channel of the model, in its order and on the scale of [0, 1]. A model
        that takes 0 to 255 has mean 0 and std 1/255.
    resize
        What is done with images of another size.
    """

    layout: Layout = "NCHW"
    channel_order: ChannelOrder = "RGB"
    height: int | None = None
    width: int | None = None
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    resize: Literal["centre_square_bicubic", "none"] = "centre_square_bicubic"

    def __post_init__(self) -> None:
        _check_choice("layout", self.layout, ("NCHW", "NHWC"))
        _check_choice("channel_order", self.channel_order, ("RGB", "BGR", "grey"))
        _check_choice("resize", self.resize, ("centre_square_bicubic", "none"))
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (1, self.channels):
                raise ParameterError(
                    f"{name} has {len(getattr(self, name))} values for {self.channels} channels: "
                    "give one for each channel, or one for all"
                )
        if not all(value > 0 for value in self.std):
            raise ParameterError(f"std is {self.std}: give positive values on the scale of [0, 1]")

    @property
    def channels(self) -> int:
        """Number of channels."""
        return 1 if self.channel_order == "grey" else 3

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width, or None where the model takes any size."""
        if self.height is None or self.width is None:
            return None
        return self.height, self.width


def read_contract(table: Mapping[str, Any]) -> InputContract:
    """Return a contract from a mapping of its fields.

    Raises
    ------
    ParameterError
        If a field is unknown or its value cannot be used.
    """
    known = {field.name for field in fields(InputContract)}
    if unknown := sorted(set(table) - known):
        raise ParameterError(
            f"unknown field {unknown[0]!r} of an input contract: use {', '.join(sorted(known))}"
        )
    numbers = {name: _floats(name, table[name]) for name in ("mean", "std") if name in table}
    return InputContract(**{**table, **numbers})


def read_toml(path: Path) -> dict[str, Any]:
    """Return the fields that a file of a contract holds, unchecked; see `read_contract`.

    They stand at its top level or in a table ``input``.

    Raises
    ------
    ParameterError
        If the file cannot be read.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path}: cannot be read as an input contract: {error}") from error
    nested = table.get("input", table)
    return dict(nested)


def _floats(name: str, value: Any) -> tuple[float, ...]:
    try:
        return tuple(float(v) for v in (value if hasattr(value, "__iter__") else [value]))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} is {value!r}: give one number or one a channel") from error


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ParameterError(f"{name} is {value!r}: use one of {', '.join(allowed)}")
