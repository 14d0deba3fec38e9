"""The search for each image's own weight c = 1/lambda of the classification loss.

Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks", 2017: bisection,
and a factor of ten as long as nothing has succeeded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.attacks.numerics.arrays import namespace

if TYPE_CHECKING:
    from percept_adv.attacks.numerics.arrays import Array, State

_GROWTH = 10.0


def search_start(like: Array, initial_c: float) -> State:
    """Return the state before the first c, with one row for each row of ``like``."""
    xp = namespace(like)
    zeros = xp.zeros((like.shape[0],), dtype=like.dtype)
    return {
        "c": zeros + initial_c,
        "c_low": zeros,
        "c_high": zeros + xp.inf,
        "searches": zeros,
        "c_found": zeros > 0,
    }


def search_next(search: State) -> State:
    """Return the state with the next c: smaller after a success, larger after a failure."""
    xp = namespace(search["c"])
    c, found = search["c"], search["c_found"]
    high = xp.where(found, c, search["c_high"])
    low = xp.where(found, search["c_low"], c)
    middle = (low + xp.where(xp.isinf(high), low, high)) / 2
    return {
        "c": xp.where(xp.isinf(high), c * _GROWTH, middle),
        "c_low": low,
        "c_high": high,
        "searches": search["searches"] + 1,
        "c_found": xp.zeros_like(found),
    }
