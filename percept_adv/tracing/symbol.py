"""An array that is not there yet: its shape and type are known, its values when the graph runs."""

from __future__ import annotations

from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from onnx.helper import np_dtype_to_tensor_dtype

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from percept_adv.tracing.graph import Graph

Scalar: TypeAlias = bool | int | float
Operand: TypeAlias = "Symbol | NDArray[Any] | Scalar"
Index: TypeAlias = int | slice | EllipsisType | None


class Symbol:
    """An array of the array API standard whose operations are written into a graph.

    Parameters
    ----------
    graph
        Where they are written.
    name
        Of the tensor; of a tensor of one element where all elements are the same, ``filled``.
    shape
        Sizes, all of them fixed.
    dtype
        Of the elements.
    filled
        Whether the tensor has one element, which stands for all.

    Examples
    --------
    >>> from percept_adv.tracing import Graph, Symbol
    >>> x = Graph().input("x", (2, 3), np.float32)
    >>> isinstance(x * 2, Symbol), (x * 2).shape
    (True, (2, 3))
    """

    # NumPy's arrays leave arithmetic with a symbol to the symbol.
    __array_ufunc__ = None

    def __init__(
        self,
        graph: Graph,
        name: str,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        *,
        filled: bool = False,
    ) -> None:
        self.graph, self.name, self.shape, self.dtype = graph, name, shape, dtype
        self._filled = filled

    def __array_namespace__(self, *, api_version: str | None = None) -> ModuleType:
        from percept_adv.tracing import namespace  # noqa: PLC0415 (functions know symbols)

        return namespace

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def stored(self) -> str:
        """The name of a tensor that has the symbol's shape."""
        if self._filled and self.shape:
            self.name = self._stored_fill()
            self._filled = False
        return self.name

    def _stored_fill(self) -> str:
        shape = self.graph.constant(np.array(self.shape, np.int64))
        return self.graph.node("Expand", self.name, shape)[0]

    def op(self, operator: str, *others: str, shape: tuple[int, ...], **more: Any) -> Symbol:
        """Return the result of an operator on this tensor and others, of the same type.

        Parameters
        ----------
        operator
            Of the standard operators, such as ``"Add"``.
        *others
            Names of further inputs.
        shape
            Of the result.
        **more
            Attributes of the operator.

        Returns
        -------
        Symbol
            The result.
        """
        dtype = more.pop("dtype", self.dtype)
        (name,) = self.graph.node(operator, self.stored, *others, **more)
        return Symbol(self.graph, name, shape, np.dtype(dtype))

    def __getitem__(self, key: Index | tuple[Index, ...]) -> Symbol:
        """Return a part: whole numbers, slices, ``None`` and ``...``, as in NumPy."""
        keys = _completed(key if isinstance(key, tuple) else (key,), self.ndim)
        axes = [each for each in keys if each is not None]
        starts, ends, steps, sliced = [], [], [], []
        for axis, (each, size) in enumerate(zip(axes, self.shape, strict=True)):
            start, end, step = _span(each, size)
            if (start, end, step) != (0, size, 1):
                sliced.append(axis)
                starts.append(start)
                # Behind the first element there is none to name, other than from far away.
                ends.append(end if end >= 0 else -size - 1)
                steps.append(step)
        part = np.broadcast_to(np.empty(()), self.shape)[tuple(keys)]
        kept = tuple(len(range(*_span(e, n))) for e, n in zip(axes, self.shape, strict=True))
        result = self
        if sliced:
            bounds = [self.graph.constant(np.array(b, np.int64)) for b in (starts, ends, sliced)]
            stride = self.graph.constant(np.array(steps, np.int64))
            result = self.op("Slice", *bounds, stride, shape=kept)
        return result if part.shape == kept else result.reshaped(part.shape)

    def reshaped(self, shape: tuple[int, ...]) -> Symbol:
        """Return the same elements in another shape.

        Parameters
        ----------
        shape
            Of as many elements.

        Returns
        -------
        Symbol
            The result.
        """
        return self.op("Reshape", self.graph.constant(np.array(shape, np.int64)), shape=shape)

    def cast(self, dtype: Any) -> Symbol:
        """Return the same elements in another type.

        Parameters
        ----------
        dtype
            Such as ``np.float32``.

        Returns
        -------
        Symbol
            The result.
        """
        if np.dtype(dtype) == self.dtype:
            return self
        kind = int(np_dtype_to_tensor_dtype(np.dtype(dtype)))
        (name,) = self.graph.node("Cast", self.name, to=kind)
        return Symbol(self.graph, name, self.shape, np.dtype(dtype), filled=self._filled)

    def __neg__(self) -> Symbol:
        return self.op("Neg", shape=self.shape)

    def __abs__(self) -> Symbol:
        return self.op("Abs", shape=self.shape)

    def __invert__(self) -> Symbol:
        return self.op("Not", shape=self.shape)

    def __add__(self, other: Operand) -> Symbol:
        return elementwise("Add", self, other)

    def __sub__(self, other: Operand) -> Symbol:
        return elementwise("Sub", self, other)

    def __rsub__(self, other: Operand) -> Symbol:
        return elementwise("Sub", other, self)

    def __mul__(self, other: Operand) -> Symbol:
        return elementwise("Mul", self, other)

    def __truediv__(self, other: Operand) -> Symbol:
        return elementwise("Div", self, other)

    def __rtruediv__(self, other: Operand) -> Symbol:
        return elementwise("Div", other, self)

    def __pow__(self, other: Operand) -> Symbol:
        return self * self if isinstance(other, int) and other == 2 else _power(self, other)

    def __rpow__(self, other: Operand) -> Symbol:
        return _power(other, self)

    def __mod__(self, other: Operand) -> Symbol:
        ratio = self / other
        return self - ratio.op("Floor", shape=ratio.shape) * other

    def __lt__(self, other: Any) -> Symbol:
        return elementwise("Less", self, other, dtype=np.bool_)

    def __le__(self, other: Any) -> Symbol:
        return elementwise("LessOrEqual", self, other, dtype=np.bool_)

    def __gt__(self, other: Any) -> Symbol:
        return elementwise("Greater", self, other, dtype=np.bool_)

    def __ge__(self, other: Any) -> Symbol:
        return elementwise("GreaterOrEqual", self, other, dtype=np.bool_)

    def __eq__(self, other: object) -> Any:
        operand: Any = other
        if self.dtype == np.bool_:
            return ~elementwise("Xor", self, operand)
        return elementwise("Equal", self, operand, dtype=np.bool_)

    def __ne__(self, other: object) -> Any:
        return ~(self == other)

    def __and__(self, other: Operand) -> Symbol:
        return elementwise("And", self, other)

    def __or__(self, other: Operand) -> Symbol:
        return elementwise("Or", self, other)

    __radd__, __rmul__, __rand__, __ror__ = __add__, __mul__, __and__, __or__
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        """Refuse: a graph has no branches."""
        raise TypeError("the value of a symbol is not known while it is traced")


def elementwise(operator: str, *operands: Operand, dtype: Any = None) -> Symbol:
    """Return the result of an operator that works on each element, with broadcasting.

    Operands get one type, as in NumPy; a condition in front of ``Where`` keeps its own.
    """
    symbols = [each for each in operands if isinstance(each, Symbol)]
    graph, valued = symbols[0].graph, operands[1:] if operator == "Where" else operands
    # Python's numbers do not decide about types.
    kinds = [e if type(e) in (bool, int, float) else e.dtype for e in valued]  # type: ignore[union-attr]
    kind = np.result_type(*kinds)
    made = [as_symbol(each, graph, kind) for each in valued]
    if operator == "Where":
        made.insert(0, as_symbol(operands[0], graph, np.bool_))
    shape = np.broadcast_shapes(*(each.shape for each in made))
    small = [() if each._filled else each.shape for each in made]
    fits = np.broadcast_shapes(*small) == shape
    names = [each.name if fits else each.stored for each in made]
    (name,) = graph.node(operator, *names)
    return Symbol(graph, name, shape, np.dtype(kind if dtype is None else dtype))


def as_symbol(value: Operand, graph: Graph, dtype: Any) -> Symbol:
    """Return a value as a symbol of a type."""
    if isinstance(value, Symbol):
        return value.cast(dtype)
    array = np.asarray(value, dtype)
    if array.size > 1 and (array == array.flat[0]).all():
        return filled(graph, array.shape, array.flat[0], dtype)
    return Symbol(graph, graph.constant(array), array.shape, array.dtype)


def filled(graph: Graph, shape: tuple[int, ...], value: Any, dtype: Any) -> Symbol:
    """Return an array all of whose elements are the same: a number, or a symbol without axes."""
    if isinstance(value, Symbol):
        own = value.cast(dtype)
        return Symbol(graph, own.stored, shape, own.dtype, filled=True)
    one = np.asarray(value, dtype)
    if int(np.prod(shape)) <= 1:
        return Symbol(graph, graph.constant(one.reshape(shape)), shape, one.dtype)
    return Symbol(graph, graph.constant(one), shape, one.dtype, filled=True)


def _power(base: Operand, exponent: Operand) -> Symbol:
    return elementwise("Pow", base, exponent)


def _completed(keys: tuple[Index, ...], ndim: int) -> list[int | slice | None]:
    """Return keys for all axes: whole ones in the place of ``...``, or at the end."""
    given = sum(1 for each in keys if each is not None and each is not Ellipsis)
    dots = [index for index, each in enumerate(keys) if each is Ellipsis] or [len(keys)]
    before, after = keys[: dots[0]], keys[dots[0] + 1 :]
    whole = [slice(None)] * (ndim - given)
    return [*before, *whole, *after]  # type: ignore[list-item]


def _span(key: int | slice, size: int) -> tuple[int, int, int]:
    """Return where a key begins and ends on an axis, and its step."""
    if isinstance(key, slice):
        return key.indices(size)
    place = range(size)[key]
    return place, place + 1, 1
