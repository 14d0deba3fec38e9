"""One node of the model as its gradient rule sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import NodeProto, TensorProto, helper

from percept_adv.errors import UnsupportedOperatorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from percept_adv.gradients.emitter import Emitter
    from percept_adv.gradients.facts import Facts


class NodeContext:
    """A node, the gradients of its outputs, and the means to write new nodes.

    Attributes
    ----------
    node : NodeProto
        The node to differentiate.
    emit : Emitter
        Where new nodes go.
    facts : Facts
        Types, shapes and small values.
    gradients : list of (str or None)
        The gradient for each output; None where it is zero.
    wanted : frozenset of int
        Positions of the inputs whose gradient is wanted.
    producers : mapping
        The nodes on the way from the image, by the names of their outputs.
    """

    def __init__(
        self,
        node: NodeProto,
        emit: Emitter,
        facts: Facts,
        gradients: Sequence[str | None],
        wanted: frozenset[int],
        producers: Mapping[str, NodeProto],
    ) -> None:
        self.node = node
        self.emit = emit
        self.op = emit.op
        self.facts = facts
        self.gradients = list(gradients)
        self.wanted = wanted
        self.producers = producers
        self._attributes = {
            attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute
        }

    @property
    def gradient(self) -> str:
        """The gradient of output 0."""
        gradient = self.gradients[0]
        if gradient is None:
            raise self.unsupported("its first output is unused and the others have no rule")
        return gradient

    def input(self, position: int) -> str:
        """Return the name of an input, an empty string if it is left out."""
        return self.node.input[position] if position < len(self.node.input) else ""

    def output(self, position: int = 0) -> str:
        """Return the name of an output, an empty string if it is left out."""
        return self.node.output[position] if position < len(self.node.output) else ""

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute's value; text is decoded."""
        value = self._attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def elem_type(self, name: str) -> int:
        """Return the element type of a tensor's gradient: float32 for integer tensors."""
        fact = self.facts[name]
        return fact.elem_type if fact.is_float else TensorProto.FLOAT

    def dims(self, name: str) -> tuple[int | None, ...]:
        """Return the dimensions of a tensor, None for each dynamic one."""
        shape = self.facts[name].shape
        if shape is None:
            raise self.unsupported(
                f"the rank of {name!r} is unknown; run onnx.shape_inference or "
                "simplify the model first"
            )
        return shape

    def fixed_dims(self, name: str, *, start: int = 0) -> tuple[int, ...]:
        """Return the dimensions from an axis on, all of which have to be fixed."""
        dims = self.dims(name)[start:]
        fixed = tuple(size for size in dims if size is not None)
        if len(fixed) < len(dims):
            raise self.unsupported(f"{name!r} has a dynamic shape: {self.dims(name)}")
        return fixed

    def rank(self, name: str) -> int:
        """Return the number of dimensions of a tensor."""
        return len(self.dims(name))

    def value(self, name: str) -> NDArray[Any] | None:
        """Return a small constant's value, None if it is not one (or left out)."""
        return self.facts[name].value if name else None

    def required_value(self, name: str) -> NDArray[Any]:
        """Return a small constant's value; an error where it only exists at run time."""
        value = self.value(name)
        if value is None:
            raise self.unsupported(f"its input {name!r} is not a constant")
        return value

    def constant(self, value: ArrayLike) -> str:
        """Return a constant of the type of output 0's gradient."""
        return self.emit.constant(value, self.elem_type(self.output()))

    def cast_mask(self, condition: str) -> str:
        """Turn a boolean tensor into zeros and ones of the gradient's type."""
        return self.emit.cast(condition, self.elem_type(self.output()))

    def real(self, name: str) -> str:
        """Return a tensor as real numbers: itself, or converted if it holds integers."""
        if self.facts[name].is_float:
            return name
        return self.emit.cast(name, TensorProto.FLOAT)

    def shape_tensor(self, name: str) -> str:
        """Return the shape of a tensor: a constant where all dimensions are fixed."""
        dims = self.facts[name].shape
        fixed = [size for size in dims or () if size is not None]
        if dims is not None and len(fixed) == len(dims):
            return self.emit.integers(fixed)
        return self.op("Shape", name)

    def size(self, name: str, axis: int) -> str:
        """Return one dimension as an int64 tensor of shape (1,)."""
        axis %= self.rank(name)
        fixed = self.dims(name)[axis]
        if fixed is not None:
            return self.emit.integers([fixed])
        return self.shape_part(name, axis, axis + 1)

    def shape_part(self, name: str, start: int, end: int) -> str:
        """Return some dimensions as an int64 tensor.

        By Slice: onnxruntime's transpose optimiser (1.31) mistakes a Shape that is itself
        limited to some axes.
        """
        bounds = [self.emit.integers([value]) for value in (start, end, 0)]
        return self.op("Slice", self.op("Shape", name), *bounds)

    def reshape_like(self, gradient: str, name: str) -> str:
        """Give a tensor the shape of another one with as many elements."""
        dims = self.facts[name].shape
        if dims is not None and dims.count(None) <= 1 and 0 not in dims:
            target = self.emit.integers([-1 if size is None else size for size in dims])
        else:
            target = self.op("Shape", name)
        return self.op("Reshape", gradient, target)

    def zeros_like(self, name: str) -> str:
        """Return zeros of the shape of a tensor and the type of its gradient."""
        zero = self.emit.constant(np.zeros((), np.float32), self.elem_type(name))
        return self.op("Expand", zero, self.shape_tensor(name))

    def axes(self, values: Sequence[int] | NDArray[Any], rank: int) -> list[int]:
        """Return axes counted from the front and sorted."""
        return sorted(int(axis) % rank if rank else 0 for axis in values)

    def unsupported(self, reason: str) -> UnsupportedOperatorError:
        """Return the error that says why this very node cannot be differentiated."""
        domain = self.node.domain or "ai.onnx"
        return UnsupportedOperatorError(
            f"cannot differentiate node {self.node.name or self.output()!r} "
            f"({domain}::{self.node.op_type}): {reason}"
        )
