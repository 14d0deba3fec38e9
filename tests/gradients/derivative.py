"""Derivative checks of ONNX models: finite differences in float64, where possible."""

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from percept_adv.gradients import build_gradient_graph

# The reference evaluator works in float32 there: Erf, what contains it, and stash types.
NOT_IN_DOUBLE = {
    "Attention",
    "BatchNormalization",
    "Erf",
    "Gelu",
    "GroupNormalization",
    "LayerNormalization",
    "MeanVarianceNormalization",
    "RMSNormalization",
}

NEWEST_DEPLOYED = 26
"""Newest opset that onnxruntime runs."""


def make_model(nodes, shape, constants, *, opset=18, elem_type=TensorProto.FLOAT, batch="N"):
    """Build a model from nodes as text, an input x with a dynamic batch, and an output y."""
    initializers = [
        numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()
    ]
    result_type = TensorProto.FLOAT if elem_type == TensorProto.UINT8 else elem_type
    dims = [batch if batch else shape[0], *shape[1:]]
    graph = helper.make_graph(
        [onnx.parser.parse_node(node) for node in nodes],
        "case",
        [helper.make_tensor_value_info("x", elem_type, dims)],
        [helper.make_tensor_value_info("y", result_type, None)],
        initializers,
    )
    opsets = [helper.make_opsetid("", opset)]
    if any("com.microsoft" in node for node in nodes):
        opsets.append(helper.make_opsetid("com.microsoft", 1))
    return helper.make_model(graph, opset_imports=opsets, ir_version=8 if opset < 19 else 10)


def session(model):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def in_double(model):
    """Return a copy whose stored real numbers are float64; declared types are left alone."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    tensors = list(copy.graph.initializer)
    tensors += [a.t for node in copy.graph.node for a in node.attribute if a.name == "value"]
    for tensor in tensors:
        if tensor.data_type == TensorProto.FLOAT:
            array = numpy_helper.to_array(tensor).astype(np.float64)
            tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    return copy


def evaluator(model, output):
    """Return a function of feeds that computes an output in float64, and its step size."""
    reference = ReferenceEvaluator(in_double(model))

    def in_float64(feeds):
        doubles = {
            k: v.astype(np.float64) if v.dtype == np.float32 else v for k, v in feeds.items()
        }
        return reference.run([output], doubles)[0]

    return in_float64


def directional(model, feeds, image, output, direction, cotangent):
    """Return <cotangent, J direction>, from float64 or else from onnxruntime, and a tolerance."""

    def along(run, step):
        def at(distance):
            return run(feeds | {image: feeds[image].astype(np.float64) + distance * direction})

        # The five-point rule: its error is of fourth order.
        slope = 8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))
        return float((slope / (12 * step) * cotangent).sum())

    try:
        run = evaluator(model, output)
        used = {node.op_type for node in model.graph.node}
        value = run(feeds)
        # It also reads some definitions differently from what is deployed.
        agrees = np.allclose(value, output_of(model, feeds, output), rtol=1e-4, atol=1e-5)
        if value.dtype == np.float64 and agrees and not used & NOT_IN_DOUBLE:
            return along(run, 1e-6), 2e-4
    except Exception:  # noqa: BLE001 - the reference evaluator lacks some operators
        pass
    deployed = session(model)

    def single(values):
        narrow = {k: v.astype(feeds[k].dtype) for k, v in values.items()}
        return deployed.run([output], narrow)[0].astype(np.float64)

    return along(single, 5e-3), 1e-2


def output_of(model, feeds, output):
    """Return an output by onnxruntime, by the reference for opsets that it does not know."""
    if model.opset_import[0].version > NEWEST_DEPLOYED:
        return ReferenceEvaluator(model).run([output], feeds)[0]
    return session(model).run([output], feeds)[0]


def gradient_of(model, feeds, cotangent, *, image="x", output="y"):
    """Return the gradient graph's gradient and its own copy of the output."""
    graph = build_gradient_graph(model, input_name=image, output_name=output)
    onnx.checker.check_model(graph, full_check=not has_foreign(graph))
    values = session(graph).run([output, "input_gradient"], feeds | {"cotangent": cotangent})
    return values[1], values[0]


def has_foreign(model):
    return any(node.domain not in {"", "ai.onnx"} for node in model.graph.node)


def check_gradient(model, feeds, *, image="x", output="y", seed=0):
    """Assert that the gradient graph agrees with finite differences along two directions."""
    generator = np.random.default_rng(seed)
    expected_output = output_of(model, feeds, output)
    cotangent = generator.standard_normal(expected_output.shape).astype(expected_output.dtype)
    gradient, kept_output = gradient_of(model, feeds, cotangent, image=image, output=output)
    assert gradient.shape == feeds[image].shape
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(kept_output, expected_output, rtol=1e-4, atol=1e-5)
    for _ in range(2):
        direction = generator.standard_normal(feeds[image].shape)
        expected, tolerance = directional(model, feeds, image, output, direction, cotangent)
        products = gradient.astype(np.float64) * direction
        scale = max(abs(expected), np.abs(products).sum() / np.sqrt(max(products.size, 1)), 1e-3)
        assert abs(products.sum() - expected) <= tolerance * scale, (products.sum(), expected)
