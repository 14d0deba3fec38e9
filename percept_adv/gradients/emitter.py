"""The typed helper that writes nodes and constants of the gradient graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

PREFIX = "gradient/"
"""Every tensor that the gradient graph adds begins with this, its inputs and outputs aside."""


@dataclass(frozen=True)
class Placement:
    """A tensor that is another one with ``begin`` zeros before and ``end`` behind it on an axis."""

    part: str
    axis: int
    begin: int
    end: int


class Emitter:
    """Collects new nodes and initializers, each with a name of its own.

    Attributes
    ----------
    nodes : list of NodeProto
        In the order of execution.
    initializers : list of TensorProto
        Small constants, each stored once.
    shapes : dict
        What is known of the shapes of emitted tensors, by their names.
    placements : dict
        The emitted tensors that are others with zeros around, by their names.
    """

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.initializers: list[TensorProto] = []
        self.shapes: dict[str, ValueInfoProto] = {}
        self.placements: dict[str, Placement] = {}
        self._constants: dict[tuple[int, tuple[int, ...], bytes], str] = {}
        self._emitted: dict[bytes, list[str]] = {}
        self._op_types: dict[str, str] = {}
        self._count = 0

    def op(self, op_type: str, *inputs: str, **attributes: Any) -> str:
        """Emit a node with one output and return the output's name.

        A node that was already emitted with the same inputs and attributes is reused.
        """
        return self.ops(op_type, *inputs, outputs=1, **attributes)[0]

    def ops(self, op_type: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Emit a node with several outputs and return their names."""
        node = helper.make_node(op_type, list(inputs), [], **attributes)
        key = node.SerializeToString(deterministic=True) + bytes([outputs])
        if key not in self._emitted:
            names = [self._fresh(op_type) for _ in range(outputs)]
            node.output.extend(names)
            node.name = node.name or names[0]
            self.nodes.append(node)
            self._emitted[key] = names
            self._op_types.update(dict.fromkeys(names, op_type))
        return self._emitted[key]

    def constant(self, value: ArrayLike, elem_type: int) -> str:
        """Return the name of a constant of an onnx element type."""
        array: NDArray[Any] = np.asarray(value).astype(helper.tensor_dtype_to_np_dtype(elem_type))
        key = (elem_type, array.shape, array.tobytes())
        if key not in self._constants:
            name = self._fresh("constant")
            self.initializers.append(numpy_helper.from_array(array, name))
            self._constants[key] = name
        return self._constants[key]

    def integers(self, values: Sequence[int]) -> str:
        """Return the name of a constant list of int64, shape (K,)."""
        return self.constant(np.array(values, np.int64).reshape(-1), TensorProto.INT64)

    def cast(self, name: str, elem_type: int) -> str:
        """Convert a tensor to an onnx element type."""
        return self.op("Cast", name, to=elem_type)

    def sum(self, names: Sequence[str]) -> str:
        """Add tensors of the same shape."""
        total = names[0]
        for name in names[1:]:
            total = self.op("Add", total, name)
        return total

    def is_from(self, name: str, op_type: str) -> bool:
        """Whether an emitted node of an operator gives a tensor."""
        return self._op_types.get(name) == op_type

    def declare(self, name: str, elem_type: int, dimensions: Sequence[int | str | None]) -> None:
        """Note the type and shape of an emitted tensor.

        Shape inference does not see through every node. A runtime that knows that two
        tensors have the same batch keeps both in its own layout.
        """
        if name.startswith(PREFIX):
            self.shapes[name] = helper.make_tensor_value_info(name, elem_type, dimensions)

    def drop_unused(self, wanted: set[str]) -> None:
        """Drop the nodes and constants that the wanted tensors do not depend on."""
        needed, kept = set(wanted), []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                needed.update(node.input)
                kept.append(node)
        self.nodes = kept[::-1]
        self.initializers = [tensor for tensor in self.initializers if tensor.name in needed]
        self.shapes = {name: value for name, value in self.shapes.items() if name in needed}

    def _fresh(self, hint: str) -> str:
        self._count += 1
        return f"{PREFIX}{hint}_{self._count}"
