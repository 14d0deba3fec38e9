"""What a rewrite is given: the node, what is known, and means to write its replacement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import UnsupportedOperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from percept_adv.gradients.facts import Facts

PREFIX = "canonical/"


class Writer:
    """The graph that rewritten nodes go to; facts of their outputs are inferred at once.

    Parameters
    ----------
    graph
        Where the nodes go.
    facts
        What is known of the source's tensors.
    version
        Of the standard operators that the source is written in.

    Attributes
    ----------
    facts : Facts
    version : int
        Version of the standard operators that the source is written in.
    """

    def __init__(self, graph: onnx.GraphProto, facts: Facts, version: int) -> None:
        self._graph = graph
        self.facts = facts
        self.version = version
        self._count = 0

    def add(self, node: onnx.NodeProto) -> None:
        """Append a node of the dialect.

        Parameters
        ----------
        node
            Its inputs exist already.
        """
        self.facts.add_node(node)
        self._graph.node.append(node)
        if node.domain == "ai.onnx":
            self._graph.node[-1].domain = ""

    def fresh(self, hint: str) -> str:
        """Return a new tensor name.

        Parameters
        ----------
        hint
            What the name begins with.

        Returns
        -------
        str
            A name that no tensor has.
        """
        self._count += 1
        return f"{PREFIX}{hint}_{self._count}"

    def constant(self, value: ArrayLike, elem_type: int) -> str:
        """Store a constant of an onnx element type and return its name.

        Parameters
        ----------
        value
            A number or an array.
        elem_type
            Such as ``onnx.TensorProto.FLOAT``.

        Returns
        -------
        str
            Name of the tensor.
        """
        array = np.asarray(value).astype(helper.tensor_dtype_to_np_dtype(elem_type))
        tensor = numpy_helper.from_array(array, self.fresh("constant"))
        self.add_tensor(tensor)
        return tensor.name

    def add_tensor(self, tensor: onnx.TensorProto) -> None:
        """Store a tensor.

        Parameters
        ----------
        tensor
            With its values.
        """
        self._graph.initializer.append(tensor)
        self.facts.add_constant(tensor.name, tensor)


class Source:
    """One node to rewrite.

    Attributes
    ----------
    node : NodeProto
    writer : Writer
    """

    def __init__(self, node: onnx.NodeProto, writer: Writer) -> None:
        self.node = node
        self.writer = writer
        self.attributes: dict[str, Any] = {
            attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute
        }

    def input(self, position: int) -> str:
        """Return the name of an input, an empty string if it is left out."""
        return self.node.input[position] if position < len(self.node.input) else ""

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return an attribute's value; text is decoded."""
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def elem_type(self, name: str) -> int:
        """Return the element type of a tensor, float32 where it is unknown."""
        return self.writer.facts[name].elem_type or TensorProto.FLOAT

    def rank(self, name: str) -> int:
        """Return the rank of a tensor; an error where it is unknown."""
        shape = self.writer.facts[name].shape
        if shape is None:
            raise self.unsupported(f"the rank of {name!r} is unknown")
        return len(shape)

    def value(self, name: str) -> NDArray[Any] | None:
        """Return a small constant's value, None if it is not one (or left out)."""
        return self.writer.facts[name].value if name else None

    def integers(self, values: Sequence[int]) -> str:
        """Store a list of int64."""
        return self.writer.constant(np.array(values, np.int64).reshape(-1), TensorProto.INT64)

    def scalar(self, value: float, like: str) -> str:
        """Store a scalar of another tensor's type."""
        return self.writer.constant(value, self.elem_type(like))

    def op(self, op_type: str, *inputs: str, **attributes: Any) -> str:
        """Write an intermediate node and return its output."""
        output = self.writer.fresh(op_type)
        self.writer.add(helper.make_node(op_type, inputs, [output], output, **attributes))
        return output

    def finish(self, op_type: str, *inputs: str, **attributes: Any) -> None:
        """Write the node that gives the source's own outputs."""
        outputs = list(self.node.output)
        name = self.node.name or outputs[0]
        self.writer.add(helper.make_node(op_type, inputs, outputs, name, **attributes))

    def keep(self) -> None:
        """Write the node as it is."""
        self.writer.add(self.node)

    def without(self, *names: str) -> dict[str, Any]:
        """Return the attributes less some of them."""
        return {key: value for key, value in self.attributes.items() if key not in names}

    def unsupported(self, reason: str) -> UnsupportedOperatorError:
        """Return the error that says why this very node cannot be rewritten."""
        domain = self.node.domain or "ai.onnx"
        return UnsupportedOperatorError(
            f"cannot differentiate node {self.node.name or self.node.output[0]!r} "
            f"({domain}::{self.node.op_type}): {reason}"
        )


@dataclass(frozen=True)
class Rewrite:
    """A rewrite and the opsets of the source that it applies to: those before ``before``."""

    function: Callable[[Source], None]
    before: int


NEWEST = 1000
_REWRITES: dict[tuple[str, str], Rewrite] = {}


def rewrite(
    *op_types: str, domain: str = "", before: int = NEWEST
) -> Callable[[Callable[[Source], None]], Callable[[Source], None]]:
    """Register a function that rewrites operators of a source in an opset below ``before``."""

    def register(function: Callable[[Source], None]) -> Callable[[Source], None]:
        for op_type in op_types:
            _REWRITES[domain, op_type] = Rewrite(function, before)
        return function

    return register


def rewrite_node(writer: Writer, node: onnx.NodeProto) -> None:
    """Write a source's node in the dialect.

    Parameters
    ----------
    writer
        The graph that is written.
    node
        A node of the source.
    """
    domain = "" if node.domain == "ai.onnx" else node.domain
    entry = _REWRITES.get((domain, node.op_type))
    if entry is None or (domain == "" and writer.version >= entry.before):
        writer.add(node)
    else:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        entry.function(Source(copy, writer))


def rewritten_operators() -> list[tuple[str, str]]:
    """Return domain and name of every operator that is rewritten in all its versions."""
    return sorted(key for key, entry in _REWRITES.items() if entry.before == NEWEST)
