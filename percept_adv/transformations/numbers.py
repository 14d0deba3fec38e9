"""Reading the values behind a transformation's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_numbers(values: Sequence[str], usage: str, *, least: int, most: int) -> tuple[float, ...]:
    """Return values as numbers.

    Raises
    ------
    ParameterError
        If there are fewer than ``least`` or more than ``most``, or one is no number.
    """
    try:
        numbers = tuple(float(value) for value in values)
    except ValueError:
        raise ParameterError(f"{':'.join(values)} holds no number: give {usage}") from None
    if not least <= len(numbers) <= most:
        raise ParameterError(f"{len(numbers)} numbers are given: give {usage}")
    return numbers


def check_range(number: float, usage: str, *, above: float, most: float) -> None:
    """Raise ``ParameterError`` unless above < number <= most."""
    if not above < number <= most:
        raise ParameterError(
            f"{number:g} is out of range: give {usage}, above {above:g} and up to {most:g}"
        )
