"""Numbers on a command line: 0.03, 3e-2 or 8/255."""

from __future__ import annotations

from typing import Any

import click


class Number(click.types.FloatParamType):
    """A finite number, which may be a fraction."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the number."""
        return _read(self, value, param, ctx)


class NumberRange(click.FloatRange):
    """A number inside a range."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the number and check its range."""
        return float(super().convert(_read(self, value, param, ctx), param, ctx))


NUMBER = Number()
POSITIVE = NumberRange(min=0, min_open=True)


def _read(
    kind: click.ParamType[float],
    value: Any,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> float:
    if isinstance(value, int | float):
        # A default, which help shows without loading anything.
        return float(value)
    from percept_adv.parameters import read_number

    try:
        return read_number(value)
    except ValueError:
        kind.fail(f"{value!r} is no finite number such as 0.03 or 8/255", param, ctx)
