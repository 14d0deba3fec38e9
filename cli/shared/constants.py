"""``--input NAME=VALUE|FILE.npy``: constants for the inputs besides the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

_Command = TypeVar("_Command", bound="Callable[..., Any]")


def constants_option(function: _Command) -> _Command:
    """Add ``--input``, whose values are arrays by the names of inputs."""
    return click.option(
        "constants",
        "--input",
        metavar="NAME=VALUE|FILE.npy",
        multiple=True,
        callback=_read_all,
        help="Hold an input besides the image, such as metadata, constant: at a number, at numbers "
        "between commas, or at what a file holds; broadcast to its shape. May be repeated.",
    )(function)


def _read_all(
    _context: click.Context, _option: click.Parameter, assignments: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    constants: dict[str, NDArray[Any]] = {}
    for assignment in assignments:
        name, sign, value = assignment.partition("=")
        if not (name and sign and value):
            raise click.BadParameter(
                f"{assignment!r}: give NAME=VALUE or NAME=FILE.npy, such as age=45"
            )
        if name in constants:
            raise click.BadParameter(f"{name!r} is given twice: give it once")
        constants[name] = _read_file(value) if value.endswith(".npy") else _read_numbers(value)
    return constants


def _read_file(path: str) -> NDArray[Any]:
    import numpy as np

    try:
        values: NDArray[Any] = np.load(path, allow_pickle=False)
    except OSError as error:
        raise click.BadParameter(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise click.BadParameter(f"{path}: holds no array of numbers ({error})") from None
    return values


def _read_numbers(text: str) -> NDArray[np.float64]:
    import numpy as np

    from percept_adv.parameters import read_number

    try:
        numbers = [read_number(number) for number in text.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"{text!r}: give a number, numbers between commas, or a file that ends in .npy"
        ) from None
    return np.array(numbers if len(numbers) > 1 else numbers[0])
