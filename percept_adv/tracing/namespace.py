"""Functions of the array API standard on symbols: those that rules of attacks are written with.

What needs no symbol is NumPy's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import arange, bool, e, float32, float64, inf, int64, nan, ones, pi, zeros  # noqa: A004

from percept_adv.tracing.symbol import Symbol, as_symbol, elementwise, filled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.tracing.symbol import Operand

__all__ = [
    "abs", "any", "arange", "argmin", "argsort", "astype", "bool", "broadcast_to", "ceil", "clip",
    "concat", "cos", "e", "exp", "float32", "float64", "floor", "full_like", "inf", "int64",
    "isfinite", "isinf", "isnan", "log", "matmul", "max", "maximum", "minimum", "nan", "ones",
    "ones_like", "permute_dims", "pi", "reshape", "round", "sign", "sin", "sort", "sqrt", "stack",
    "sum", "where", "zeros", "zeros_like",
]  # fmt: skip

Axes = int | tuple[int, ...] | None


def _unary(operator: str, x: Symbol, dtype: Any = None) -> Symbol:
    return x.op(operator, shape=x.shape, dtype=dtype or x.dtype)


def abs(x: Symbol) -> Symbol:  # noqa: A001
    """|x|."""
    return _unary("Abs", x)


def exp(x: Symbol) -> Symbol:
    """e^x."""
    return _unary("Exp", x)


def log(x: Symbol) -> Symbol:
    """Natural logarithm."""
    return _unary("Log", x)


def sqrt(x: Symbol) -> Symbol:
    """Square root."""
    return _unary("Sqrt", x)


def sign(x: Symbol) -> Symbol:
    """-1, 0 or 1."""
    return _unary("Sign", x)


def floor(x: Symbol) -> Symbol:
    """Round down."""
    return _unary("Floor", x)


def ceil(x: Symbol) -> Symbol:
    """Round up."""
    return _unary("Ceil", x)


def round(x: Symbol) -> Symbol:  # noqa: A001
    """Round to the nearest whole number, halves to the even one."""
    return _unary("Round", x)


def cos(x: Symbol) -> Symbol:
    """Cosine."""
    return _unary("Cos", x)


def sin(x: Symbol) -> Symbol:
    """Sine."""
    return _unary("Sin", x)


def isnan(x: Symbol) -> Symbol:
    """Whether an element is NaN."""
    return _unary("IsNaN", x, np.bool_)


def isinf(x: Symbol) -> Symbol:
    """Whether an element is infinite."""
    infinite: Symbol = abs(x) == inf
    return infinite


def isfinite(x: Symbol) -> Symbol:
    """Whether an element is a number: |NaN| is not below infinity."""
    return abs(x) < inf


def maximum(x: Symbol, y: Operand) -> Symbol:
    """Return the larger of each two elements."""
    return elementwise("Max", x, y)


def minimum(x: Symbol, y: Operand) -> Symbol:
    """Return the smaller of each two elements."""
    return elementwise("Min", x, y)


def clip(x: Symbol, min: float, max: float) -> Symbol:  # noqa: A002
    """Return elements kept in a range of two numbers."""
    bounds = [x.graph.constant(np.asarray(bound, x.dtype)) for bound in (min, max)]
    return x.op("Clip", *bounds, shape=x.shape)


def where(condition: Symbol, x: Operand, y: Operand) -> Symbol:
    """Return elements of x where the condition holds, of y elsewhere."""
    if bool in [getattr(each, "dtype", type(each)) for each in (x, y)]:
        # onnxruntime has no Where for conditions.
        return (condition & x) | (~condition & y)
    return elementwise("Where", condition, x, y)


def astype(x: Symbol | NDArray[Any], dtype: Any) -> Symbol | NDArray[Any]:
    """Return another type, of an array that depends on no symbol too."""
    return x.cast(dtype) if isinstance(x, Symbol) else x.astype(dtype)


def full_like(x: Symbol, value: float | Symbol, *, dtype: Any = None) -> Symbol:
    """Return an array of one value."""
    return filled(x.graph, x.shape, value, dtype or x.dtype)


def zeros_like(x: Symbol, *, dtype: Any = None) -> Symbol:
    """Return zeros."""
    return full_like(x, 0, dtype=dtype)


def ones_like(x: Symbol, *, dtype: Any = None) -> Symbol:
    """Return ones."""
    return full_like(x, 1, dtype=dtype)


def reshape(x: Symbol, shape: tuple[int, ...]) -> Symbol:
    """Return another shape; one of its sizes may be -1."""
    known = int(np.prod([size for size in shape if size >= 0]))
    whole = int(np.prod(x.shape))
    return x.reshaped(tuple(whole // known if size < 0 else size for size in shape))


def permute_dims(x: Symbol, axes: tuple[int, ...]) -> Symbol:
    """Return the axes in another order."""
    return x.op("Transpose", shape=tuple(x.shape[axis] for axis in axes), perm=axes)


def _reduced(x: Symbol, operator: str, axis: Axes, keepdims: Any) -> Symbol:
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    places = sorted(each % x.ndim for each in axes)
    shape = [1 if i in places else size for i, size in enumerate(x.shape)]
    if not keepdims:
        shape = [size for i, size in enumerate(x.shape) if i not in places]
    name = x.graph.constant(np.array(places, np.int64))
    return x.op(operator, name, shape=tuple(shape), keepdims=int(keepdims))


def sum(x: Symbol, *, axis: Axes = None, keepdims: Any = False) -> Symbol:  # noqa: A001
    """Return the sum over axes."""
    return _reduced(x, "ReduceSum", axis, keepdims)


def max(x: Symbol, *, axis: Axes = None, keepdims: Any = False) -> Symbol:  # noqa: A001
    """Return the largest element over axes."""
    return _reduced(x, "ReduceMax", axis, keepdims)


def any(x: Symbol, *, axis: Axes = None, keepdims: Any = False) -> Symbol:  # noqa: A001
    """Whether a condition holds anywhere along axes."""
    return sum(x.cast(np.float32), axis=axis, keepdims=keepdims) > 0


def sort(x: Symbol, *, axis: int = -1) -> Symbol:
    """Return elements in ascending order."""
    return _ordered(x, axis)[0]


def argsort(x: Symbol, *, axis: int = -1, stable: Any = True) -> Symbol:  # noqa: ARG001
    """Return the places of elements in ascending order; of equal ones the first comes first."""
    return _ordered(x, axis)[1]


def _ordered(x: Symbol, axis: int) -> tuple[Symbol, Symbol]:
    count = x.graph.constant(np.array([x.shape[axis]], np.int64))
    values, places = x.graph.node("TopK", x.stored, count, outputs=2, axis=axis, largest=0)
    return Symbol(x.graph, values, x.shape, x.dtype), Symbol(
        x.graph, places, x.shape, np.dtype(np.int64)
    )


def concat(arrays: Sequence[Operand], *, axis: int = 0) -> Symbol:
    """Return arrays one after the other along an axis."""
    first = next(each for each in arrays if isinstance(each, Symbol))
    made = [as_symbol(each, first.graph, first.dtype) for each in arrays]
    shape = list(first.shape)
    shape[axis] = int(np.sum([each.shape[axis] for each in made]))
    (name,) = first.graph.node("Concat", *(each.stored for each in made), axis=axis)
    return Symbol(first.graph, name, tuple(shape), first.dtype)


def stack(arrays: Sequence[Symbol], *, axis: int = 0) -> Symbol:
    """Return arrays side by side along a new axis."""
    place: list[Any] = [slice(None)] * arrays[0].ndim
    place.insert(axis, None)
    return concat([each[tuple(place)] for each in arrays], axis=axis)


def argmin(x: Symbol, *, axis: int) -> Symbol:
    """Return the place of the smallest element along an axis, the first of equal ones."""
    shape = tuple(size for i, size in enumerate(x.shape) if i != axis % x.ndim)
    return x.op("ArgMin", shape=shape, dtype=np.int64, axis=axis, keepdims=0)


def broadcast_to(x: Symbol, shape: tuple[int, ...]) -> Symbol:
    """Return elements repeated until they have a shape."""
    return x.op("Expand", x.graph.constant(np.array(shape, np.int64)), shape=tuple(shape))


def matmul(x: Operand, y: Operand) -> Symbol:
    """Return the matrix product, of each two matrices of a stack."""
    symbol = x if isinstance(x, Symbol) else y
    if not isinstance(symbol, Symbol):
        raise TypeError("matmul of symbols needs one at least")
    left, right = (as_symbol(each, symbol.graph, symbol.dtype) for each in (x, y))
    stacks = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    shape = (*stacks, left.shape[-2], right.shape[-1])
    (name,) = symbol.graph.node("MatMul", left.stored, right.stored)
    return Symbol(symbol.graph, name, shape, symbol.dtype)
