"""What is known of every tensor before anything runs: type, shape and small values.

Each symbolic dimension of the model's inputs is given two trial sizes, and the shapes
are inferred once for each trial. A dimension that comes out different is dynamic, one
that comes out the same is fixed; an integer tensor with the same value in both trials
is a constant. So models that compute shapes from shapes need not be run to be read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ModelFormatError
from percept_adv.gradients.evaluate import LARGEST_FOLDED, evaluate_node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_FLOATS = frozenset(
    {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16}
)


@dataclass(frozen=True)
class Trial:
    """One tensor under one choice of the symbolic dimensions."""

    elem_type: int
    shape: tuple[int, ...] | None
    value: NDArray[np.generic] | None = None


@dataclass(frozen=True)
class Fact:
    """What is known of one tensor, under all trials."""

    trials: tuple[Trial, ...]

    @property
    def elem_type(self) -> int:
        """The onnx element type; UNDEFINED where it is unknown."""
        return self.trials[0].elem_type

    @property
    def is_float(self) -> bool:
        """Whether the tensor holds real numbers (not quantised ones)."""
        return self.elem_type in _FLOATS

    @property
    def shape(self) -> tuple[int | None, ...] | None:
        """Dimensions, None for a dynamic one; None altogether where the rank is unknown."""
        shapes = [trial.shape for trial in self.trials]
        first = shapes[0]
        if first is None or any(shape is None or len(shape) != len(first) for shape in shapes):
            return None
        sizes = zip(*(shape for shape in shapes if shape is not None), strict=True)
        return tuple(size[0] if len(set(size)) == 1 else None for size in sizes)

    @property
    def value(self) -> NDArray[np.generic] | None:
        """The value of a small constant; None where it is unknown or differs."""
        first = self.trials[0].value
        if first is None:
            return None
        same = all(
            trial.value is not None and np.array_equal(trial.value, first)
            for trial in self.trials[1:]
        )
        return first if same else None


UNKNOWN = Trial(TensorProto.UNDEFINED, None)


class Facts:
    """The facts of a graph, gathered node by node in the order of execution."""

    def __init__(
        self,
        graph: onnx.GraphProto,
        opset_imports: Iterable[onnx.OperatorSetIdProto],
        batches: tuple[int, int],
    ) -> None:
        self._opsets = {entry.domain: entry.version for entry in opset_imports}
        self._facts: dict[str, Fact] = {}
        sizes = trial_sizes(graph, batches)
        self._trial_count = 2 if sizes else 1
        self._symbols = _unique_symbols(graph, sizes)
        for value in graph.input:
            self._facts[value.name] = _input_fact(value, sizes, self._trial_count)
        for tensor in graph.initializer:
            self.add_constant(tensor.name, tensor)
        for sparse in graph.sparse_initializer:
            trial = Trial(sparse.values.data_type, tuple(sparse.dims))
            self._facts[sparse.values.name] = self._everywhere(trial)

    def __getitem__(self, name: str) -> Fact:
        return self._facts.get(name) or self._everywhere(UNKNOWN)

    def dimensions(self, name: str) -> tuple[int | str | None, ...] | None:
        """Return the dimensions of a tensor, the symbols of the inputs' for dynamic ones."""
        fact = self[name]
        if fact.shape is None:
            return None
        sizes = zip(*(trial.shape for trial in fact.trials if trial.shape is not None), strict=True)
        return tuple(
            fixed if fixed is not None else self._symbols.get(size)
            for fixed, size in zip(fact.shape, sizes, strict=True)
        )

    def add_constant(self, name: str, tensor: onnx.TensorProto) -> None:
        """Record a stored tensor; its value only if it is small and stored inline."""
        inline = tensor.data_location != TensorProto.EXTERNAL
        small = np.prod(tensor.dims, dtype=np.int64) <= LARGEST_FOLDED
        try:
            value = numpy_helper.to_array(tensor) if inline and small else None
        except ValueError as error:
            raise ModelFormatError(
                f"the stored tensor {tensor.name!r} cannot be read; is the file damaged? ({error})"
            ) from error
        self._facts[name] = self._everywhere(Trial(tensor.data_type, tuple(tensor.dims), value))

    def add_node(self, node: onnx.NodeProto) -> None:
        """Infer the outputs of a node whose inputs are already known."""
        outputs = [self._infer(node, index) for index in range(self._trial_count)]
        for position, name in enumerate(node.output):
            if name:
                self._facts[name] = Fact(tuple(trial[position] for trial in outputs))

    def _everywhere(self, trial: Trial) -> Fact:
        return Fact((trial,) * self._trial_count)

    def _infer(self, node: onnx.NodeProto, index: int) -> list[Trial]:
        inputs = {name: self[name].trials[index] for name in node.input if name}
        found = evaluate_node(
            node,
            {name: trial.value for name, trial in inputs.items()},
            {name: trial.shape for name, trial in inputs.items()},
            self._opsets,
        )
        if found is not None:
            return [
                Trial(helper.np_dtype_to_tensor_dtype(value.dtype), value.shape, value)
                for value in found
            ]
        return _inferred(node, inputs, self._opsets)


def trial_sizes(graph: onnx.GraphProto, batches: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """Return two trial sizes for each symbolic dimension of the inputs.

    Keys are the dimension's symbol, or ``input:axis`` where it has none. The first
    axis of an input is taken for the batch.
    """
    stored = {tensor.name for tensor in graph.initializer}
    sizes: dict[str, tuple[int, int]] = {}
    for value in graph.input:
        if value.name in stored:
            continue
        for axis, dimension in enumerate(value.type.tensor_type.shape.dim):
            if not dimension.HasField("dim_value") or dimension.dim_value <= 0:
                spatial = len(sizes)
                size = batches if axis == 0 else (224 + 32 * spatial, 256 + 32 * spatial)
                sizes.setdefault(_symbol(value.name, axis, dimension), size)
    return sizes


def _unique_symbols(
    graph: onnx.GraphProto, sizes: dict[str, tuple[int, int]]
) -> dict[tuple[int, ...], str]:
    """Return the named dimensions of the inputs by their trial sizes, where those differ."""
    named = {
        dimension.dim_param
        for value in graph.input
        for dimension in value.type.tensor_type.shape.dim
    }
    shared = Counter(sizes.values())
    return {size: name for name, size in sizes.items() if name in named and shared[size] == 1}


def _symbol(name: str, axis: int, dimension: onnx.TensorShapeProto.Dimension) -> str:
    return dimension.dim_param or f"{name}:{axis}"


def _input_fact(
    value: onnx.ValueInfoProto, sizes: dict[str, tuple[int, int]], trial_count: int
) -> Fact:
    """Return the fact of a graph input, its symbols replaced by the trial sizes."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return Fact((Trial(tensor.elem_type, None),) * trial_count)
    trials = []
    for index in range(trial_count):
        shape = tuple(
            sizes[symbol][index]
            if (symbol := _symbol(value.name, axis, dimension)) in sizes
            and dimension.dim_value <= 0
            else dimension.dim_value
            for axis, dimension in enumerate(tensor.shape.dim)
        )
        trials.append(Trial(tensor.elem_type, shape))
    return Fact(tuple(trials))


def _inferred(
    node: onnx.NodeProto, inputs: dict[str, Trial], opsets: dict[str, int]
) -> list[Trial]:
    """Infer types and shapes of a node's outputs with onnx's own rules."""
    known = {name: trial for name, trial in inputs.items() if trial.elem_type}
    if len(known) < len(inputs) or not onnx.defs.has(node.op_type, node.domain):
        return [UNKNOWN] * len(node.output)
    try:
        schema = onnx.defs.get_schema(node.op_type, opsets.get(node.domain, 1), node.domain)
        types = onnx.shape_inference.infer_node_outputs(
            schema,
            node,
            {
                name: helper.make_tensor_type_proto(trial.elem_type, trial.shape)
                for name, trial in known.items()
            },
            {
                name: numpy_helper.from_array(trial.value, name)
                for name, trial in known.items()
                if trial.value is not None
            },
            opset_imports=[helper.make_opsetid(*entry) for entry in opsets.items()],
        )
    except (onnx.shape_inference.InferenceError, onnx.defs.SchemaError):
        return [UNKNOWN] * len(node.output)
    except (onnx.checker.ValidationError, UnicodeDecodeError) as error:
        raise ModelFormatError(
            f"node {node.name or node.op_type!r} is not as {node.op_type} is defined, the file may "
            f"be damaged: {' '.join(str(error).split())[:200]}"
        ) from error
    return [_trial_of(types.get(name)) for name in node.output]


def _trial_of(inferred: onnx.TypeProto | None) -> Trial:
    """Return the trial for an inferred type; the shape only if every dimension is known."""
    if inferred is None or not inferred.HasField("tensor_type"):
        return UNKNOWN
    tensor = inferred.tensor_type
    if not tensor.HasField("shape") or not all(
        dimension.HasField("dim_value") for dimension in tensor.shape.dim
    ):
        return Trial(tensor.elem_type, None)
    return Trial(tensor.elem_type, tuple(dimension.dim_value for dimension in tensor.shape.dim))
