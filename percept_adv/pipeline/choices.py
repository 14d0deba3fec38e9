"""Checks that the fields of steps share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence


def check_choice(name: str, value: object, allowed: Sequence[str | None]) -> None:
    """Raise ``ParameterError`` if a field has a value that is not among the allowed ones."""
    if value not in allowed:
        raise ParameterError(
            f"{name} is {value!r}: use one of {', '.join(map(str, filter(None, allowed)))}"
        )


def check_length(name: str, value: object) -> None:
    """Raise ``ParameterError`` unless a field holds a whole number of pixels of 1 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ParameterError(f"{name} is {value!r}: give a whole number of pixels, 1 or more")
