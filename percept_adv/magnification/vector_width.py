"""Vector registers of 512 bits for compiled loops that do arithmetic most of the time.

Compilers prefer 256 bits on processors that have both, for the sake of programs with a
few vector instructions here and there. The weights of a filter are nothing but such
instructions: there, twice the width takes a quarter less time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable


def _ask(typing_context: Any) -> tuple[Any, Callable[..., Any]]:  # noqa: ARG001
    """Give numba the type of the call and what generates its code."""

    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        # The set itself refuses what it has no name for; the compiler behind it does not.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


_intrinsic: Callable[..., Any] = intrinsic
prefer_wide_vectors: Callable[[], None] = _intrinsic(_ask)
"""Ask for wide vectors in the compiled function that calls this.

No code is made of the call. Processors without such registers are not affected.
"""
