"""Runs kernels over all rows, on several threads where that pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.threads import for_each_band, thread_count

if TYPE_CHECKING:
    from collections.abc import Callable

# Handing a kernel to a thread costs so much, beside kernels that stay in the cache of one
# processor, that a solve gains by two threads only from about a million values on.
VALUES_PER_BAND = 400_000


def is_one_band(rows: int, width: int) -> bool:
    """Tell whether rows of this width are too few values for several threads."""
    return rows * width < 2 * VALUES_PER_BAND or thread_count() == 1


def run(function: Callable[..., None], rows: int, width: int, *arguments: Any) -> None:
    """Call ``function(*arguments, start, stop)`` for bands that cover all rows.

    Kernels treat each row alone, so that the bands do not change the result.
    """
    if is_one_band(rows, width):
        function(*arguments, 0, rows)
        return
    band = max(-(-rows // (2 * thread_count())), -(-VALUES_PER_BAND // width))
    for_each_band(lambda start, stop: function(*arguments, start, stop), rows, band=band)
