"""What is known of every tensor before anything runs: type, shape and small values.

Each free dimension of the model's inputs is given several trial sizes, and the shapes are
inferred once for each trial. A dimension that comes out different is dynamic, one that comes
out the same in all trials is fixed; an integer tensor with the same value in all trials is a
constant. So models that compute shapes from shapes need not be run to be read.

Where the size of the image is free, trials alone prove nothing. Beside them the shapes are
inferred once with these sizes unknown. What only the trials say is an assumption, which the
gradient graph checks when it runs (`percept_adv.gradients.guard`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from percept_adv.errors import ModelFormatError
from percept_adv.gradients.evaluate import LARGEST_FOLDED
from percept_adv.gradients.inference import infer_node
from percept_adv.gradients.trials import UNKNOWN, Trial, TrialSizes, is_free, symbol_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_FLOATS = frozenset(
    {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16}
)


@dataclass(frozen=True)
class Fact:
    """What is known of one tensor.

    Attributes
    ----------
    trials : tuple of Trial
        One for each choice of the free dimensions.
    proof : Trial or None
        What holds for every size of the image, the batch being that of the first trial;
        None where only the batch is free.
    """

    trials: tuple[Trial, ...]
    proof: Trial | None = None

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
        first = self.trials[0].shape
        shapes = [trial.shape for trial in self._evidence if trial.shape is not None]
        if first is None or len(shapes) < len(self._evidence):
            return None
        if any(len(shape) != len(first) for shape in shapes):
            return None
        sizes = zip(*shapes, strict=True)
        return tuple(size[0] if len(set(size)) == 1 else None for size in sizes)

    @property
    def value(self) -> NDArray[np.generic] | None:
        """The value of a small constant; None where it is unknown or differs."""
        first = self._evidence[0].known_value
        if first is None:
            return None
        same = all(
            trial.known_value is not None and np.array_equal(trial.known_value, first)
            for trial in self._evidence[1:]
        )
        return first if same else None

    @property
    def assumed_axes(self) -> list[int]:
        """The axes whose size is fixed according to the trials only."""
        if self.proof is None or self.shape is None:
            return []
        proven = self.proof.shape or (None,) * len(self.shape)
        return [
            axis
            for axis, size in enumerate(self.shape)
            if size is not None and (axis >= len(proven) or proven[axis] is None)
        ]

    @property
    def is_assumed_constant(self) -> bool:
        """Whether the value is constant according to the trials only."""
        unproven = self.proof is not None and self.proof.known_value is None
        return unproven and self.value is not None

    @property
    def _evidence(self) -> tuple[Trial, ...]:
        """The trials; a single one shows nothing that is not proven too."""
        if len(self.trials) == 1 and self.proof is not None:
            return (*self.trials, self.proof)
        return self.trials


class Facts:
    """The facts of a graph, gathered node by node in the order of execution."""

    def __init__(
        self,
        graph: onnx.GraphProto,
        opset_imports: Iterable[onnx.OperatorSetIdProto],
        sizes: TrialSizes,
    ) -> None:
        self._opsets = {entry.domain: entry.version for entry in opset_imports}
        self._facts: dict[str, Fact] = {}
        self._sizes = sizes
        self._symbols = _unique_symbols(graph, sizes)
        for value in graph.input:
            self._facts[value.name] = _input_fact(value, sizes)
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

    def failed_trials(self) -> set[int]:
        """Return the trials in which fewer shapes are known than in others.

        The sizes do not fit the model: too small for its windows, no multiple of its patches.
        """
        known = Counter(
            index
            for fact in self._facts.values()
            for index, trial in enumerate(fact.trials)
            if trial.shape is not None
        )
        most = max(known.values(), default=0)
        return {index for index in range(self._sizes.count) if known[index] < most}

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
        inputs = {name: self[name] for name in node.input if name}
        found = [
            infer_node(node, {name: fact.trials[i] for name, fact in inputs.items()}, self._opsets)
            for i in range(self._sizes.count)
        ]
        proofs: list[Trial] | list[None] = [None] * len(node.output)
        if self._sizes.any_is_free:
            known = {name: fact.proof or UNKNOWN for name, fact in inputs.items()}
            proofs = infer_node(node, known, self._opsets)
        for position, name in enumerate(node.output):
            if name:
                trials = tuple(outputs[position] for outputs in found)
                self._facts[name] = Fact(trials, proofs[position])

    def add_like(self, name: str, other: str, elem_type: int) -> None:
        """Record a tensor of the shape of another one; nothing if it is known already."""
        if name not in self._facts:
            trials = [Trial(elem_type, trial.shape) for trial in self[other].trials]
            proof = self[other].proof
            known = None if proof is None else Trial(elem_type, proof.shape)
            self._facts[name] = Fact(tuple(trials), known)

    def _everywhere(self, trial: Trial) -> Fact:
        proof = trial if self._sizes.any_is_free else None
        return Fact((trial,) * self._sizes.count, proof)


def _unique_symbols(graph: onnx.GraphProto, sizes: TrialSizes) -> dict[tuple[int | None, ...], str]:
    """Return the named dimensions of the inputs by their trial sizes, where those differ."""
    named = {
        dimension.dim_param
        for value in graph.input
        for dimension in value.type.tensor_type.shape.dim
    }
    shared = Counter(sizes.sizes.values())
    return {size: name for name, size in sizes.sizes.items() if name in named and shared[size] == 1}


def _input_fact(value: onnx.ValueInfoProto, sizes: TrialSizes) -> Fact:
    """Return the fact of a graph input, its free dimensions replaced by the trial sizes."""
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        unknown = Trial(tensor.elem_type, None)
        return Fact((unknown,) * sizes.count, unknown if sizes.any_is_free else None)
    keys = [
        symbol_of(value.name, axis, dimension) if is_free(dimension) else None
        for axis, dimension in enumerate(tensor.shape.dim)
    ]
    fixed = [dimension.dim_value for dimension in tensor.shape.dim]
    trials = [
        tuple(
            size if key is None else sizes.sizes[key][index]
            for key, size in zip(keys, fixed, strict=True)
        )
        for index in range(sizes.count)
    ]
    proven = tuple(size if key is None else None for key, size in zip(keys, fixed, strict=True))
    return Fact(
        tuple(Trial(tensor.elem_type, shape) for shape in trials),
        Trial(tensor.elem_type, proven) if sizes.any_is_free else None,
    )
