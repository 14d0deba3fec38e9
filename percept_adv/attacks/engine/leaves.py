"""The arrays inside states, dataclasses and tuples, by name: to replace all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from percept_adv.attacks.numerics.arrays import Array

Value = TypeVar("Value")


def leaves(value: Any, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays inside a value, each with its name, ``name`` and the way to it."""
    if isinstance(value, np.ndarray):
        yield name, value
    for key, inner in _children(value):
        yield from leaves(inner, f"{name}/{key}")


def with_leaves(value: Value, name: str, made: Callable[[str, NDArray[Any]], Array]) -> Value:
    """Return a value with what is made of each array, by its name, in its place."""
    changed: Any = {key: with_leaves(part, f"{name}/{key}", made) for key, part in _children(value)}
    result: Any = value
    if isinstance(value, np.ndarray):
        result = made(name, value)
    elif isinstance(value, Mapping):
        result = changed
    elif isinstance(value, tuple):
        result = tuple(changed.values())
    elif changed:
        result = replace(result, **changed)
    return result  # type: ignore[no-any-return]


def _children(value: Any) -> list[tuple[str, Any]]:
    """Return the parts of a value that may hold arrays."""
    if isinstance(value, Mapping):
        return list(value.items())
    if isinstance(value, tuple):
        return [(str(index), part) for index, part in enumerate(value)]
    if is_dataclass(value) and not isinstance(value, type):
        parts = [(each.name, getattr(value, each.name)) for each in fields(value)]
        return [(name, part) for name, part in parts if any(leaves(part, name))]
    return []
