"""Explanations that take many gradients of one image, as one graph: a Scan over its copies.

The graph of the gradient runs once for each level, of brightness or of noise, so that memory
is that of one gradient. The last level is the image itself: the scores are its, and its
gradient does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ParameterError
from percept_adv.gradients import build_gradient_graph
from percept_adv.gradients.naming import rename_tensors
from percept_adv.gradients.ports import choose_input, choose_output
from percept_adv.pipeline.samples import SampleMap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

    from percept_adv.pipeline import Pipeline

_REALS = frozenset({TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16})
_INTEGRATED = (
    "rise = Sub(image, black)",
    "part = Mul(level, rise)",
    "sample = Add(black, part)",
)
_SMOOTHED = (
    "normal = RandomNormalLike<seed = {seed}>(image)",
    "span = Sub(white, black)",
    "wide = Mul(normal, span)",
    "drawn = Mul(level, wide)",
    "noisy = Add(image, drawn)",
    "raised = Max(noisy, lowest)",
    "sample = Min(raised, highest)",
)


@dataclass(frozen=True, slots=True)
class Range:
    """What a model's input holds for a black and for a white image.

    Attributes
    ----------
    black, white
        Broadcast to the input's shape: numbers, or (C, 1, 1) where channels stand in front.
    """

    black: ArrayLike = 0.0
    white: ArrayLike = 1.0

    @classmethod
    def of(cls, pipeline: Pipeline) -> Range:
        """Return what a pipeline makes of black and white.

        Parameters
        ----------
        pipeline
            A classifier's.

        Returns
        -------
        Range
            In the values of the model's input.
        """
        samples = SampleMap.of(pipeline)
        # One value for each channel, but in a flat input one for each sample.
        sizes = pipeline.size if pipeline.layout_step.flat else (1, 1)
        shape = (*(size or 1 for size in sizes), pipeline.channels)
        black, white = (
            pipeline.layout_step.apply(np.broadcast_to((value - samples.mean) / samples.std, shape))
            for value in (0.0, 1.0)
        )
        return cls(black, white)


def integrated_graph(
    model: onnx.ModelProto, names: dict[str, Any], output: str, *, steps: int, values: Range
) -> onnx.ModelProto:
    """Return a model with integrated gradients from black, by the midpoint rule.

    See `percept_adv.explanation.integrated_gradients`.
    """
    levels = np.append((np.arange(steps) + 0.5) / steps, 1.0)
    ending = ["far = Sub(image, black)", f"{output} = Mul(mean, far)"]
    return _repeated(model, names, levels, values, _INTEGRATED, ending, output)


def smoothed_graph(
    model: onnx.ModelProto,
    names: dict[str, Any],
    output: str,
    *,
    samples: int,
    noise: float,
    seed: int,
    values: Range,
) -> onnx.ModelProto:
    """Return a model with the mean gradient over noisy copies; the runtime draws the noise.

    See `percept_adv.explanation.smoothgrad`.
    """
    levels = np.append(np.full(samples, noise), 0.0)
    front = [line.format(seed=float(seed)) for line in _SMOOTHED]
    return _repeated(model, names, levels, values, front, [f"{output} = Identity(mean)"], output)


def _repeated(
    model: onnx.ModelProto,
    names: dict[str, Any],
    levels: NDArray[np.float64],
    values: Range,
    front: Sequence[str],
    ending: Sequence[str],
    output: str,
) -> onnx.ModelProto:
    """Return a graph whose Scan makes a sample of each level by ``front``, and its gradient."""
    image = choose_input(model.graph, names["input_name"])
    elem_type = image.type.tensor_type.elem_type
    if elem_type not in _REALS:
        raise ParameterError(
            f"the input {image.name!r} holds integers, with nothing between them: export saliency "
            "or grad_cam"
        )
    scores = choose_output(model.graph, names["output_name"]).name
    result = build_gradient_graph(model, loss="score", **names)
    described = _copies(value for value in result.graph.output if value.name == scores)[0]
    stored = {tensor.name for tensor in result.graph.initializer}
    inputs = _copies(value for value in result.graph.input if value.name not in stored)
    body = _body(result.graph, image.name, scores, front, elem_type)
    weights = np.append(np.full(len(levels) - 1, 1 / (len(levels) - 1)), 0.0)
    constants = {"levels": levels, "weights": weights, **_bounds(values), "zero": np.zeros(())}
    stored_type = helper.tensor_dtype_to_np_dtype(elem_type)
    scan = helper.make_node(
        "Scan",
        [_own("nothing"), _own("levels"), _own("weights")],
        [_own("mean"), _own("each")],
        _own("scan"),
        body=body,
        num_scan_inputs=2,
    )
    nodes = [
        helper.make_node("Identity", [image.name], [_own("image")], _own("image")),
        *_nodes(["shape = Shape(image)", "nothing = Expand(zero, shape)"]),
        scan,
        helper.make_node("Gather", [_own("each"), _own("last")], [scores], _own("scores"), axis=0),
        *_nodes(ending, public=output),
    ]
    explained = _copies([image])[0]
    explained.name = output
    graph = helper.make_graph(
        nodes,
        result.graph.name,
        inputs,
        [described, explained],
        [
            *(
                numpy_helper.from_array(np.asarray(value, stored_type), _own(name))
                for name, value in constants.items()
            ),
            numpy_helper.from_array(np.array(-1, np.int64), _own("last")),
        ],
    )
    result.graph.CopyFrom(graph)
    return result


def _body(
    gradient: onnx.GraphProto, image: str, scores: str, front: Sequence[str], elem_type: int
) -> onnx.GraphProto:
    """Return the graph of one level: the sample, its scores, and its gradient added up."""
    kept = next(value for value in gradient.output if value.name == scores)
    score_type = kept.type.tensor_type.elem_type
    rename_tensors(gradient, {image: _own("sample"), scores: _own("score")})
    end = ["share = Mul(weight, gradient)", "sum = Add(total, share)"]
    nodes = [
        *_nodes(front),
        *gradient.node,
        helper.make_node("Identity", ["input_gradient"], [_own("gradient")], _own("gradient")),
        *_nodes(end),
    ]
    values = [helper.make_tensor_value_info(_own("total"), elem_type, None)]
    values += [
        helper.make_tensor_value_info(_own(name), elem_type, []) for name in ("level", "weight")
    ]
    outputs = [
        helper.make_tensor_value_info(_own("sum"), elem_type, None),
        helper.make_tensor_value_info(_own("score"), score_type, None),
    ]
    return helper.make_graph(
        nodes, "level", values, outputs, list(gradient.initializer), value_info=gradient.value_info
    )


def _bounds(values: Range) -> dict[str, NDArray[Any]]:
    """Return the constants that say between what a model's input lies."""
    black, white = np.asarray(values.black, float), np.asarray(values.white, float)
    return {
        "black": black,
        "white": white,
        "lowest": np.minimum(black, white),
        "highest": np.maximum(black, white),
    }


def _own(name: str) -> str:
    return f"explanation/{name}"


def _nodes(lines: Sequence[str], public: str = "") -> list[onnx.NodeProto]:
    """Return nodes from text, all of whose names are this graph's own, but a public one."""
    nodes = [onnx.parser.parse_node(line) for line in lines]
    for node in nodes:
        node.name = _own(node.output[0])
        for field in (node.input, node.output):
            field[:] = [name if name == public else _own(name) for name in field]
    return nodes


def _copies(values: Any) -> list[onnx.ValueInfoProto]:
    return [onnx.ValueInfoProto.FromString(value.SerializeToString()) for value in values]
