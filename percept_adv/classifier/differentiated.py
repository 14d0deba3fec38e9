"""The gradient graphs of a deployed model: built on first use, checked at each size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import onnx
from onnx.helper import tensor_dtype_to_np_dtype

from percept_adv.classifier.batching import run_in_batches
from percept_adv.classifier.prefix import IMAGE, append_logits, attach_values
from percept_adv.classifier.verification import Objective, is_quantised, slope_ratio, verdict
from percept_adv.decisions.heads import SCORES, attach_head
from percept_adv.errors import ModelError
from percept_adv.gradients import (
    build_gradient_graph,
    expose_logits,
    expose_ranking,
    head_kind,
)
from percept_adv.gradients.feature_maps import feature_maps
from percept_adv.runtime import Session, StepSession

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from numpy.typing import NDArray

    from percept_adv.classifier.opening import OpenModel
    from percept_adv.classifier.outputs import OutputKind
    from percept_adv.classifier.scoring import Scoring
    from percept_adv.gradients import GraphLoss
    from percept_adv.pipeline import Pipeline

_SATURATED: dict[OutputKind, float] = {"logits": np.inf, "softmax": 80.0, "sigmoid": 14.0}
"""Largest size of log-odds that probabilities in single precision tell apart."""
_MOST_STEPS = 4
"""Steps of attacks whose sessions are kept."""
_MOST_SIZES = 8
"""Sizes of images at which gradients are checked."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one run of a gradient graph gives for N images.

    Attributes
    ----------
    logits
        (N, K).
    loss
        (N,).
    gradient
        (N, H, W, C): of each image's loss, by the image.
    """

    logits: NDArray[np.float32]
    loss: NDArray[np.float32]
    gradient: NDArray[np.float32]


class Differentiated:
    """A deployed model with the gradient of its scores by images at its own size.

    Parameters
    ----------
    opened
        The model.
    pipeline
        What is done to images before the model; only what concerns the values of samples counts.
    image, output
        Its image input and the output that the scores are made of.
    scoring
        How they are made.
    name
        What messages call the model.
    provider
        Where the graphs run.
    fixed_batch
        Images in each run; None for any number.
    """

    def __init__(
        self,
        opened: OpenModel,
        pipeline: Pipeline,
        image: str,
        output: onnx.ValueInfoProto,
        scoring: Scoring,
        *,
        name: str,
        provider: Literal["cuda", "cpu"],
        fixed_batch: int | None,
    ) -> None:
        self._opened, self._pipeline = opened, pipeline
        self._image, self._output = image, output.name
        self._elem_type = output.type.tensor_type.elem_type
        self._scoring, self._name = scoring, name
        self._provider, self.fixed_batch = provider, fixed_batch
        self._verified: set[tuple[int, ...]] = set()
        self._inner: dict[str, Session] = {}
        self._steps: dict[Hashable, StepSession] = {}
        self.sessions: dict[GraphLoss, Session] = {}

    def run(
        self, loss: GraphLoss, feeds: Mapping[str, NDArray[Any]], outputs: list[str]
    ) -> list[NDArray[np.float32]]:
        """Compute outputs of the gradient graph of a loss.

        Parameters
        ----------
        loss
            See `percept_adv.build_gradient_graph`.
        feeds
            Images (N, H, W, C) as `IMAGE`, and what the loss takes besides.
        outputs
            ``"input_gradient"``, ``"loss"`` and `SCORES`.
        """
        taken = dict(feeds)
        if "cotangent" in taken:
            own = tensor_dtype_to_np_dtype(self._elem_type)
            taken["cotangent"] = taken["cotangent"].astype(own)
        session = self._session(loss)
        results = run_in_batches(session, taken, outputs, self.fixed_batch)
        return [result.astype(np.float32, copy=False) for result in results]

    def at_tensor(
        self, tensor: str, images: NDArray[np.float32], cotangent: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return an inner tensor at images, and the gradient of <cotangent, scores> by it."""
        if tensor not in self._inner:
            self._inner[tensor] = self._new_session("cotangent", (tensor,))
        session = self._inner[tensor]
        own = tensor_dtype_to_np_dtype(self._elem_type)
        feeds = {IMAGE: images, "cotangent": cotangent.astype(own)}
        outputs = [tensor, f"{tensor}_gradient"]
        results = run_in_batches(session, feeds, outputs, self.fixed_batch)
        value, gradient = (result.astype(np.float32, copy=False) for result in results)
        return value, gradient

    def feature_maps(self) -> list[str]:
        """Return the names of tensors (N, C, h, w) between image and output, in order."""
        names = {"input_name": self._image, "output_name": self._output}
        return feature_maps(self._opened.model, **names)

    def verify(
        self,
        image: NDArray[np.float32],
        loss: GraphLoss,
        scores_of: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    ) -> str | None:
        """Check once for each size that a gradient is that of the deployed model.

        Parameters
        ----------
        image
            (H, W, C) at the network, in [0, 1].
        loss
            Whose gradient.
        scores_of
            The deployed model: images at the network (N, H, W, C) to scores (N, K).

        Returns
        -------
        str or None
            What to tell the user, if anything.

        Raises
        ------
        ModelError
            If the scores change less than half or more than twice as fast along the gradient as
            the gradient says, unless the model is quantised: its gradient sees no rounding.
        """
        size = image.shape[:2]
        if size in self._verified or len(self._verified) >= _MOST_SIZES:
            return None
        self._verified.add(size)

        def gradient_of(base: NDArray[np.float32], at: Objective) -> NDArray[np.float32]:
            own = {"cotangent": at.cotangent} if loss == "cotangent" else {"label": at.label}
            return self.run(loss, {IMAGE: base, **own}, ["input_gradient"])[0]

        largest = _SATURATED[self._scoring.kind]
        ratio = slope_ratio(scores_of, gradient_of, image, loss=loss, largest=largest)
        found = verdict(ratio)
        if found == "fine":
            return None
        told = (
            f"at {size[0]} x {size[1]} pixels the model's scores change {ratio:.2g} times as fast "
            "along the gradient as the gradient says"
        )
        if found == "wrong" and not is_quantised(self._opened.model):
            raise ModelError(
                f"{self._name}: {told}: it is not this model's gradient; please report the model"
            )
        return f"{told}, as in quantised models; attacks may need more steps"

    def _session(self, loss: GraphLoss) -> Session:
        if loss not in self.sessions:
            self.sessions[loss] = self._new_session(loss)
        return self.sessions[loss]

    def _new_session(self, loss: GraphLoss, wrt: tuple[str, ...] = ()) -> Session:
        # As bytes, so that no copy of the graph is held beside the session.
        graph = self.graph(loss, wrt)
        content, node_count = graph.SerializeToString(), len(graph.graph.node)
        del graph
        return Session(
            content, provider=self._provider, weights=self._opened.weights, node_count=node_count
        )

    @property
    def step_sessions(self) -> tuple[StepSession, ...]:
        """Those that are kept, the last one last."""
        return tuple(self._steps.values())

    def forget_steps(self) -> None:
        """Give back the memory of the sessions that are kept."""
        self._steps.clear()

    def step_session(self, key: Hashable, build: Callable[[], onnx.ModelProto]) -> StepSession:
        """Return the session of a model around one of `graph`, where the gradient graphs run.

        The last few are kept: an attack that is called again does not build its step again.
        """
        if key not in self._steps:
            model = build()
            while len(self._steps) >= _MOST_STEPS:
                del self._steps[next(iter(self._steps))]
            self._steps[key] = StepSession(
                model.SerializeToString(),
                provider=self._provider,
                weights=self._opened.weights,
                node_count=len(model.graph.node),
            )
        return self._steps[key]

    def with_weights(self, model: onnx.ModelProto) -> onnx.ModelProto:
        """Return a model around one of `graph` with the weights inside that are kept outside."""
        whole = onnx.ModelProto()
        whole.CopyFrom(model)
        onnx.load_external_data_for_model(whole, str(self._opened.folder))
        return whole

    def graph(self, loss: GraphLoss, wrt: tuple[str, ...] = ()) -> onnx.ModelProto:
        """Return the gradient graph of a loss, also by inner tensors."""
        where: dict[str, Any] = {"weights_folder": self._opened.folder, "inline_limit": 0}
        model = attach_values(self._opened.model, self._pipeline, self._image)
        if self._scoring.kind == "logits" or head_kind(model, self._output) is not None:
            model = expose_logits(model, output_name=self._output, **where)
        else:
            model = append_logits(model, self._output, self._scoring.kind, self._elem_type)
        if self._scoring.end is not None:
            model = expose_ranking(model, self._output, self._scoring.end)
        model = attach_head(model, self._scoring.decision.head, self._output, self._elem_type)
        try:
            return build_gradient_graph(
                model, loss=loss, input_name=IMAGE, output_name=SCORES, wrt=wrt, **where
            )
        except ModelError as error:
            # In the user's names, not in those of what stands around the model.
            told = str(error).replace(SCORES, self._output).replace(IMAGE, self._image)
            raise type(error)(f"{self._name}: {told}") from error
