"""A target that writes down what it is asked, and answers with symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx.helper import tensor_dtype_to_np_dtype

from percept_adv.classifier import IMAGE, SCORES, Evaluation
from percept_adv.tracing.symbol import as_symbol

if TYPE_CHECKING:
    import onnx

    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.classifier import Classifier
    from percept_adv.classifier.verification import Loss
    from percept_adv.decisions import Decision
    from percept_adv.gradients import GraphLoss
    from percept_adv.tracing import Graph

_ASKED, _HEARD = "asked/", "heard/"
_GRADIENT, _LOSS = "input_gradient", "loss"


class SymbolicTarget:
    """Stands in for a target while a step is traced.

    Parameters
    ----------
    target
        Whose gradient graph answers when the step runs.
    traced
        What is being written.

    Attributes
    ----------
    graph : ModelProto
        The gradient graph, known once something was asked.
    questions : dict
        Outputs of what is traced, which go into `graph`.
    asked, heard : dict
        Which input of the graph is which question, and which answer is which of its outputs.
    """

    def __init__(self, target: Classifier, traced: Graph) -> None:
        self._target, self._traced = target, traced
        self._pipeline = target.array_pipeline
        self.graph: onnx.ModelProto
        self.questions: dict[str, Array] = {}
        self.asked: dict[str, str] = {}
        self.heard: dict[str, str] = {}

    @property
    def decision(self) -> Decision:
        """That of the target."""
        return self._target.decision

    @property
    def class_count(self) -> int:
        """That of the target."""
        return self._target.class_count

    def evaluate(
        self, images: Array, labels: Array, *, loss: Loss, scale: Array | None = None
    ) -> Evaluation:
        """Return the symbols of scores, losses and gradients; see `Classifier.evaluate`."""
        self._begin(loss)
        factor = np.ones(images.shape[0], np.float32) if scale is None else scale
        self._show(images)
        self._ask("label", labels)
        self._ask("logit_scale", factor)
        value: Any = self._answer(_LOSS, (images.shape[0],))
        return Evaluation(self._scores(images), value, self._gradient())

    def logits(self, images: Array) -> Array:
        """Return the symbol of the gradient graph's scores; see `Classifier.logits`."""
        self._begin("cotangent")
        self._show(images)
        return self._scores(images)

    def gradient(self, images: Array, cotangent: Array) -> Array:  # noqa: ARG002
        """Return the symbol of a gradient at the images of `logits`; see `Classifier.gradient`."""
        taken = next(value for value in self.graph.graph.input if value.name == "cotangent")
        self._ask("cotangent", cotangent.cast(_type_of(taken)))
        return self._gradient()

    def _begin(self, loss: GraphLoss) -> None:
        self.graph = self._target.differentiated.graph(loss)

    def _show(self, images: Array) -> None:
        """Show the network the images, as the pipeline makes them."""
        self._ask(IMAGE, images if self._pipeline is None else self._pipeline.forward(images))

    def _gradient(self) -> Array:
        """Return the gradient by the images that were shown."""
        gradient = self._answer(_GRADIENT, self.questions[self.asked[IMAGE]].shape)
        return gradient if self._pipeline is None else self._pipeline.adjoint(gradient)

    def _scores(self, images: Array) -> Array:
        return self._answer(SCORES, (images.shape[0], self.class_count))

    def _ask(self, name: str, value: Array) -> None:
        self.asked[name] = f"{_ASKED}{name}"
        self.questions[self.asked[name]] = as_symbol(value, self._traced, value.dtype)

    def _answer(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return the symbol of an output of the graph, as float32."""
        output = next(value for value in self.graph.graph.output if value.name == name)
        ours = f"{_HEARD}{name}"
        self.heard[ours] = name
        return self._traced.input(ours, shape, _type_of(output)).cast(np.float32)


def _type_of(value: onnx.ValueInfoProto) -> np.dtype[Any]:
    """Return the type of a tensor."""
    return tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
