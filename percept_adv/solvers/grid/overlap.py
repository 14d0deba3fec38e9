"""Tell the compiler that arrays do not overlap.

It cannot know, and so would test at run time each array that a loop writes against each
that it reads; where there are many it rather gives up on vector instructions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable


def _say(typing_context: Any) -> tuple[Any, Callable[..., Any]]:  # noqa: ARG001
    """Give numba the type of the call and what generates its code."""

    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        for argument in builder.function.args:
            # Of an array's parts only its data is a pointer to real numbers.
            pointee = getattr(argument.type, "pointee", None)
            if isinstance(pointee, (ir.FloatType, ir.DoubleType)):
                argument.add_attribute("noalias")
        return context.get_dummy_value()

    return types.void(), generate


_intrinsic: Callable[..., Any] = intrinsic
arrays_are_apart: Callable[[], None] = _intrinsic(_say)
"""Promise that no two arrays given to the compiled function that calls this overlap.

What the function writes through one argument it must not reach through another. No code
is made of the call.
"""
