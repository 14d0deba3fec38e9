"""Values of fields as files and mappings hold them, brought to the types that steps have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from percept_adv.errors import ParameterError

_WHOLE = {"height", "width", "shortest_edge", "longest_edge"}
_NUMBERS = {"factor", "offset"}
_LISTS = {"mean", "std", "fill"}
_PAIRS = {"size", "inside", "cover"}
_SWITCHES = {"antialias", "flat"}


def read_value(name: str, value: Any) -> Any:
    """Return the value of a field of a step.

    Raises
    ------
    ParameterError
        If it is of another type than the field has.
    """
    if name in _WHOLE:
        return read_whole(name, value)
    if name in _NUMBERS:
        return read_numbers(name, [value])[0]
    if name in _LISTS:
        return read_numbers(name, value)
    if name in _PAIRS:
        return tuple(read_whole(name, length) for length in _items(name, value))
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise ParameterError(f"{name} is {value!r}: give true or false")
    elif not isinstance(value, str):
        raise ParameterError(f"{name} is {value!r}: give a name in quotation marks")
    return value


def read_whole(name: str, value: Any) -> int:
    """Return a whole number of pixels of 1 or more."""
    number = not isinstance(value, bool) and isinstance(value, int | float)
    if not number or not isfinite(value) or value != int(value):
        raise ParameterError(f"{name} is {value!r}: give a whole number of pixels, 1 or more")
    return int(value)


def read_numbers(name: str, value: Any) -> tuple[float, ...]:
    """Return one finite number or several as floats."""
    items = _items(name, value) if isinstance(value, Iterable) else [value]
    try:
        numbers = tuple(float(item) for item in items)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} is {value!r}: give one number or one a channel") from error
    if not numbers or not all(isfinite(number) for number in numbers):
        raise ParameterError(f"{name} is {value!r}: give finite numbers, one or one a channel")
    return numbers


def _items(name: str, value: Any) -> list[Any]:
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        raise ParameterError(f"{name} is {value!r}: give numbers, such as [224, 224]")
    return list(value)
