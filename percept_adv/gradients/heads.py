"""Ends of classifiers that saturate, and logits in front of them that do not.

Probabilities near 0 and 1 have a gradient of 0 in single precision, while their logarithms are
as steep as ever. What is made of softmaxes by clipping, scaling and averaging is rewritten in
the logarithmic domain, where nothing underflows:

- log softmax(z) is LogSoftmax(z), or z where there is only one of them,
- log(c p) is log p + log c; clipping and rounding are left out,
- log(p / sum(p)) is log p - log(sum(p)); of p = exp(z) it is LogSoftmax(z),
- log(p + q) is max + log(sum of exp of what each is below it),
- operators that move elements move logarithms as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import onnx
from onnx import helper, numpy_helper

from percept_adv.gradients.opsets import version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

HeadKind = Literal["softmax", "sigmoid"]

_PREFIX = "unwound/"
_MOVING = frozenset(
    {"Dropout", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Squeeze", "Transpose"}
    | {"Cast", "Unsqueeze"}
)
_LARGEST_OFFSET = 1e-4
"""A constant added to probabilities that only keeps a logarithm finite."""
_AXES_AS_INPUT = {"ReduceLogSumExp": 18}
_REDUCTIONS = frozenset({"ReduceMean", "ReduceSum"})
_LEFT_OUT = frozenset({"Clip", "Round"})
_TOTALS = frozenset({"ReduceSum", "ReduceL1"})
"""Sums of probabilities, which are never negative."""


class Unwinder:
    """Reads the end of a graph, and writes what stands for it in the logarithmic domain."""

    def __init__(self, graph: onnx.GraphProto, version: int) -> None:
        self._version = version
        self._producers = {name: node for node in graph.node for name in node.output}
        self._stored = {tensor.name: tensor for tensor in graph.initializer}
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.softmaxes = 0

    def logarithm(self, name: str) -> str | None:
        """Write the logarithm of a tensor made of softmaxes and return its name.

        None where it is not made of these alone; what was written then goes unused.
        """
        node = self._producers.get(name)
        if node is None or node.domain:
            return None
        writers: dict[str, Callable[[onnx.NodeProto], str | None]] = {
            "Softmax": self._of_softmax,
            "Max": self._of_bound,
            "Min": self._of_bound,
            "Mul": self._of_product,
            "Div": self._of_quotient,
            "Add": self._of_sum,
            "Sum": self._of_sum,
            "Mean": self._of_sum,
            "Concat": self._of_concatenation,
            **dict.fromkeys(_REDUCTIONS, self._of_reduction),
            **dict.fromkeys(_MOVING | _LEFT_OUT, self._of_first),
        }
        write = writers.get(node.op_type)
        return None if write is None else write(node)

    def leave_out_a_constant(self) -> None:
        """Take the logits themselves for the logarithms of a single softmax.

        They differ by the same number for all classes of an image.
        """
        mixed = any(node.op_type in {"Max", "ReduceLogSumExp", "Concat"} for node in self.nodes)
        if self.softmaxes > 1 or mixed:
            return
        for node in self.nodes:
            if node.op_type == "LogSoftmax":
                node.op_type = "Identity"
                del node.attribute[:]

    def number(self, name: str) -> NDArray[Any] | None:
        """Return the value of a constant."""
        node = self._producers.get(name)
        if node is not None and node.op_type == "Constant":
            values = [numpy_helper.to_array(a.t) for a in node.attribute if a.name == "value"]
            return values[0] if values else None
        tensor = self._stored.get(name)
        inline = tensor is not None and tensor.data_location != onnx.TensorProto.EXTERNAL
        return numpy_helper.to_array(tensor) if tensor is not None and inline else None

    def _of_softmax(self, node: onnx.NodeProto) -> str:
        self.softmaxes += 1
        return self.write("LogSoftmax", [node.input[0]], **_attributes(node))

    def _of_first(self, node: onnx.NodeProto) -> str | None:
        inner = self.logarithm(node.input[0])
        if inner is None or node.op_type in _LEFT_OUT:
            return inner
        return self.write(node.op_type, [inner, *node.input[1:]], **_attributes(node))

    def _of_bound(self, node: onnx.NodeProto) -> str | None:
        """Leave out the larger or smaller of probabilities and one number."""
        bounds = [self.number(name) for name in node.input]
        free = [name for name, one in zip(node.input, bounds, strict=True) if one is None]
        alike = all(one is None or one.size == 1 for one in bounds)
        return self.logarithm(free[0]) if len(free) == 1 and alike else None

    def _of_product(self, node: onnx.NodeProto) -> str | None:
        for position in (0, 1):
            factor = self.number(node.input[position])
            if factor is not None and factor.dtype.kind == "f" and (factor > 0).all():
                inner = self.logarithm(node.input[1 - position])
                return None if inner is None else self._shifted(inner, np.log(factor))
        return None

    def _of_quotient(self, node: onnx.NodeProto) -> str | None:
        total = self._producers.get(node.input[1])
        if total is not None and total.op_type in _TOTALS and total.input[0] == node.input[0]:
            return self._of_share(node.input[0], total)
        divisor = self.number(node.input[1])
        if divisor is None or divisor.dtype.kind != "f" or not (divisor > 0).all():
            return None
        inner = self.logarithm(node.input[0])
        return None if inner is None else self._shifted(inner, -np.log(divisor))

    def _of_share(self, name: str, total: onnx.NodeProto) -> str | None:
        """Probabilities over their total, or exponentials: a softmax written by hand."""
        axes = self._axes(total)
        if axes is None or len(axes) != 1 or not _attributes(total).get("keepdims", 1):
            return None
        above = self._producers.get(name)
        if above is not None and above.op_type == "Exp" and not above.domain:
            self.softmaxes += 1
            return self.write("LogSoftmax", [above.input[0]], axis=axes[0])
        inner = self.logarithm(name)
        if inner is None:
            return None
        return self.write("Sub", [inner, self._log_sum(inner, axes, keepdims=1)])

    def _of_sum(self, node: onnx.NodeProto) -> str | None:
        offsets = [self.number(name) for name in node.input]
        terms = [
            name
            for name, offset in zip(node.input, offsets, strict=True)
            if offset is None or not (np.abs(offset) <= _LARGEST_OFFSET).all()
        ]
        parts = [self.logarithm(name) for name in terms]
        known = [part for part in parts if part is not None]
        if not known or len(known) < len(parts):
            return None
        if len(known) == 1:
            return known[0]
        largest = self.write("Max", known)
        shares = [self.write("Exp", [self.write("Sub", [part, largest])]) for part in known]
        return self.write("Add", [largest, self.write("Log", [self.write("Sum", shares)])])

    def _of_concatenation(self, node: onnx.NodeProto) -> str | None:
        parts = [self.logarithm(name) for name in node.input]
        known = [part for part in parts if part is not None]
        complete = len(known) == len(parts)
        return self.write("Concat", known, **_attributes(node)) if complete else None

    def _of_reduction(self, node: onnx.NodeProto) -> str | None:
        """A mean or sum over several predictions; the count of a mean is the same for all."""  # noqa: D401
        inner = self.logarithm(node.input[0])
        if inner is None:
            return None
        axes = self._axes(node)
        if axes is None:
            return None
        attributes = _attributes(node)
        attributes.pop("axes", None)
        return self._log_sum(inner, axes, **attributes)

    def _axes(self, node: onnx.NodeProto) -> list[int] | None:
        """Return the axes of a reduction where they are given and known."""
        axes: list[int] | None = _attributes(node).get("axes")
        if axes is None and len(node.input) > 1:
            found = self.number(node.input[1])
            axes = None if found is None else found.ravel().tolist()
        return axes

    def _log_sum(self, name: str, axes: list[int], **attributes: Any) -> str:
        """Write the logarithm of the sum of what a tensor holds the logarithms of."""
        inputs = [name]
        if self._version >= _AXES_AS_INPUT["ReduceLogSumExp"]:
            inputs.append(self._constant(np.array(axes, np.int64)))
        else:
            attributes["axes"] = axes
        return self.write("ReduceLogSumExp", inputs, **attributes)

    def _shifted(self, name: str, amount: NDArray[Any]) -> str:
        if amount.size == 1:  # The same for all classes: their differences do not know it.
            return name
        return self.write("Add", [name, self._constant(amount)])

    def write(self, op_type: str, inputs: list[str], **attributes: Any) -> str:
        """Add a node and return its output."""
        name = f"{_PREFIX}{op_type}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, inputs, [name], name, **attributes))
        return name

    def _constant(self, value: NDArray[Any]) -> str:
        name = f"{_PREFIX}constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}


def logits_behind(model: onnx.ModelProto, output: str) -> tuple[HeadKind | None, str, Unwinder]:
    """Return what an output is made of, and the tensor that takes its place.

    Parameters
    ----------
    model : ModelProto
    output : str

    Returns
    -------
    kind : {"softmax", "sigmoid"} or None
        None where the output is neither.
    name : str
        Logarithms of the probabilities up to a constant for each image, or log-odds; else the
        output. A Log at the end, of what is made of softmaxes, is taken out as well.
    unwinder : Unwinder
        Holds the nodes to add.
    """
    unwinder = Unwinder(model.graph, version_of(model))
    producers = {name: node for node in model.graph.node for name in node.output}
    found = unwinder.logarithm(output)
    if found is not None and unwinder.softmaxes:
        unwinder.leave_out_a_constant()
        return "softmax", found, unwinder
    last = producers.get(output)
    if last is not None and last.op_type == "Log" and not last.domain:
        found = unwinder.logarithm(last.input[0])
        if found is not None:
            return None, found, unwinder
    odds = _through(producers, output, _MOVING | {"Clip"}, stop="Sigmoid")
    if odds is not None:
        moved = _repeat_moves(unwinder, producers, output, odds)
        return "sigmoid", moved, unwinder
    return None, output, unwinder


def _through(
    producers: dict[str, onnx.NodeProto], name: str, passed: frozenset[str], *, stop: str
) -> onnx.NodeProto | None:
    """Return the node of an operator that a tensor comes from, through certain others only."""
    while (node := producers.get(name)) is not None and not node.domain:
        if node.op_type == stop:
            return node
        if node.op_type not in passed:
            return None
        name = node.input[0]
    return None


def _repeat_moves(
    unwinder: Unwinder, producers: dict[str, onnx.NodeProto], output: str, last: onnx.NodeProto
) -> str:
    """Write the moves between a node and an output for what goes into the node."""
    moves = []
    name = output
    while (node := producers[name]) is not last:
        if node.op_type != "Clip":
            moves.append(node)
        name = node.input[0]
    current = str(last.input[0])
    for node in reversed(moves):
        inputs = [current, *node.input[1:]]
        current = unwinder.write(node.op_type, inputs, **_attributes(node))
    return current
