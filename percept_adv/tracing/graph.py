"""What was traced so far: nodes, constants, inputs; and the model that it becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from percept_adv.tracing.symbol import Symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, DTypeLike, NDArray

OPSET = 18


class Graph:
    """Takes nodes one after the other, in the order in which they can be run.

    Examples
    --------
    >>> from percept_adv.tracing import Graph
    >>> graph = Graph()
    >>> x = graph.input("x", (2,), np.float32)
    >>> model = graph.model({"y": x + x})
    >>> [node.op_type for node in model.graph.node]
    ['Add', 'Identity']
    """

    def __init__(self) -> None:
        self._inputs: list[onnx.ValueInfoProto] = []
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._initializers: list[onnx.TensorProto] = []

    def input(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> Symbol:
        """Return the symbol of a new input.

        Parameters
        ----------
        name
            Of the input.
        shape
            Sizes, all of them fixed.
        dtype
            Such as ``np.float32``.

        Returns
        -------
        Symbol
            An array to compute with.
        """
        kind = np.dtype(dtype)
        self._inputs.append(_value(name, shape, kind))
        return Symbol(self, name, tuple(shape), kind)

    def constant(self, value: ArrayLike) -> str:
        """Return the name of a constant; equal ones are kept once.

        Parameters
        ----------
        value
            A number or an array.

        Returns
        -------
        str
            Name of the tensor.
        """
        array: NDArray[Any] = np.asarray(value)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            name = self._constants[key] = f"constant_{len(self._constants)}"
            self._initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
            # NumPy makes a vector of a number.
            self._initializers[-1].dims[:] = array.shape
        return self._constants[key]

    def node(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        """Add a node and return the names of its outputs.

        Parameters
        ----------
        operator
            Of the standard operators, such as ``"Add"``.
        *inputs
            Names of tensors; an empty one for an input that is left out.
        outputs
            How many there are.
        **attributes
            Of the operator.

        Returns
        -------
        list of str
            Names of the outputs.
        """
        number = len(self._nodes)
        names = [f"{operator}_{number}_{index}" for index in range(outputs)]
        self._nodes.append(
            helper.make_node(operator, inputs, names, f"{operator}_{number}", **attributes)
        )
        return names

    def model(self, outputs: Mapping[str, Symbol]) -> onnx.ModelProto:
        """Return the model of some results, with the inputs that they need.

        Parameters
        ----------
        outputs
            Results by the names that they are to have.

        Returns
        -------
        ModelProto
            Its inputs are those of `input` that a result needs.
        """
        ends = [helper.make_node("Identity", [s.stored], [name]) for name, s in outputs.items()]
        nodes = _needed([*self._nodes, *ends], set(outputs))
        taken = {name for node in nodes for name in node.input}
        graph = helper.make_graph(
            nodes,
            "traced",
            [value for value in self._inputs if value.name in taken],
            [_value(name, s.shape, s.dtype) for name, s in outputs.items()],
            [tensor for tensor in self._initializers if tensor.name in taken],
        )
        opsets = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _value(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> onnx.ValueInfoProto:
    kind = helper.np_dtype_to_tensor_dtype(dtype)
    return helper.make_tensor_value_info(name, kind, list(shape))


def _needed(nodes: list[onnx.NodeProto], wanted: set[str]) -> list[onnx.NodeProto]:
    """Return the nodes that some tensors depend on."""
    kept = []
    for node in reversed(nodes):
        if not wanted.isdisjoint(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]
