"""Operators that have no derivative on purpose: gradients end there."""

from __future__ import annotations

from percept_adv.gradients.registry import stop

stop("Shape", "Size", reason="it depends on the shape only")
stop("ArgMax", "ArgMin", "NonZero", "Unique", reason="it returns positions, which are integers")
stop(
    "Equal",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "IsInf",
    "IsNaN",
    reason="its output is true or false",
)
stop("And", "Or", "Xor", "Not", reason="its output is true or false")
stop("Floor", "Ceil", "Round", "Sign", reason="it is constant between jumps")
stop("Hardmax", "OneHot", reason="it is constant between jumps")
stop(
    "ConstantOfShape",
    "EyeLike",
    "RandomNormalLike",
    "RandomUniformLike",
    "Bernoulli",
    "Range",
    reason="it does not depend on its input's values",
)
stop(
    "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", reason="it works on integers"
)
