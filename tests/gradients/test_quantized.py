"""Deployed forms: quantised, fused, half precision and 8-bit models."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from derivative import gradient_of, make_model, session
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from percept_adv.gradients import build_gradient_graph, check_model

GENERATOR = np.random.default_rng(5)


def real(*shape):
    return GENERATOR.standard_normal(shape).astype(np.float32)


def network():
    """A small classifier with what quantisers treat in ways of their own."""
    return make_model(
        [
            "a = Conv<pads=[1,1,1,1], strides=[2,2]>(x, w1, b1)",
            "b = Relu(a)",
            "c = Conv<pads=[1,1,1,1], group=8>(b, w2)",
            "d = Add(c, b)",
            "e = AveragePool<kernel_shape=[2,2], strides=[2,2]>(d)",
            "f = Concat<axis=1>(e, e)",
            "s = Sigmoid(f)",
            "m = Mul(f, s)",
            "g = GlobalAveragePool(m)",
            "h = Flatten(g)",
            "i = MatMul(h, w3)",
            "y = Gemm(i, w4, b4)",
        ],
        (2, 3, 16, 16),
        {
            "w1": real(8, 3, 3, 3) * 0.3,
            "b1": real(8) * 0.1,
            "w2": real(8, 1, 3, 3) * 0.3,
            "w3": real(16, 12) * 0.4,
            "w4": real(12, 7) * 0.4,
            "b4": real(7) * 0.1,
        },
        opset=17,
    )


class Images(CalibrationDataReader):
    def __init__(self, count=8):
        generator = np.random.default_rng(6)
        self._images = iter(
            [{"x": generator.random((2, 3, 16, 16), dtype=np.float32)} for _ in range(count)]
        )

    def get_next(self):
        return next(self._images, None)


def quantized(tmp_path, form):
    source, target = tmp_path / "float.onnx", tmp_path / "int8.onnx"
    model = network()
    output = model.graph.output[0]
    output.CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 7]))
    onnx.save(model, source)
    if form == "dynamic":
        quantize_dynamic(source, target)
    else:
        quantize_static(
            source,
            target,
            Images(),
            quant_format=QuantFormat.QDQ if form.startswith("qdq") else QuantFormat.QOperator,
            per_channel=form.endswith("channels"),
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            # Sums of products of 8 bits saturate on processors without VNNI.
            reduce_range=True,
        )
    return model, onnx.load(target)


def cosine(a, b):
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize("form", ["qdq", "qdq channels", "operators", "dynamic"])
def test_straight_through_gradient_points_along_the_float_one(tmp_path, form):
    original, deployed = quantized(tmp_path, form)
    x = np.random.default_rng(7).random((2, 3, 16, 16), dtype=np.float32)
    cotangent = np.random.default_rng(8).standard_normal((2, 7)).astype(np.float32)
    expected, _ = gradient_of(original, {"x": x}, cotangent)
    gradient, output = gradient_of(deployed, {"x": x}, cotangent)
    assert cosine(gradient, expected) > 0.95
    np.testing.assert_allclose(output, session(deployed).run(["y"], {"x": x})[0], atol=0.1)


def quantization_gradient(x, *, zero_point=128, scale=0.1):
    model = make_model(
        ["q = QuantizeLinear(x, s, z)", "y = DequantizeLinear(q, s, z)"],
        x.shape,
        {"s": np.float32(scale), "z": np.uint8(zero_point)},
    )
    return gradient_of(model, {"x": x}, np.ones_like(x))[0]


def test_rounding_is_passed_straight_through_and_saturation_stops_it():
    x = np.array([[-14.0, -12.7, -0.04, 0.0, 12.6, 13.0]], np.float32)
    np.testing.assert_allclose(quantization_gradient(x), [[0, 1, 1, 1, 1, 0]], atol=1e-6)


def test_a_relu_that_the_quantiser_folded_in_still_stops_the_gradient():
    x = np.array([[-1.0, -0.06, 0.3, 2.0]], np.float32)
    np.testing.assert_allclose(quantization_gradient(x, zero_point=0), [[0, 0, 1, 1]], atol=1e-6)


def optimized(model, tmp_path, level):
    options = ort.SessionOptions()
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.log_severity_level = 3
    ort.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return onnx.load(tmp_path / "optimized.onnx")


FUSED = {
    "FusedConv": (["a = Conv(x, w)", "y = Relu(a)"], {"w": real(4, 3, 3, 3)}),
    "FusedGemm": (
        [
            "g = GlobalAveragePool(x)",
            "f = Flatten(g)",
            "a = Gemm(f, v, c)",
            "y = LeakyRelu<alpha=0.2>(a)",
        ],
        {"v": real(3, 5), "c": real(5)},
    ),
    "FusedMatMul": (
        ["t = Transpose<perm=[0,1,3,2]>(x)", "p = MatMul(x, t)", "y = Mul(p, s)"],
        {"s": np.float32(0.3)},
    ),
    "BiasGelu": (
        [
            "b = MatMul(x, w)",
            "c = Add(b, k)",
            "d = Div(c, r)",
            "e = Erf(d)",
            "f = Add(e, o)",
            "g = Mul(c, f)",
            "y = Mul(g, h)",
        ],
        {
            "w": real(6, 6),
            "k": real(6),
            "r": np.float32(2**0.5),
            "o": np.float32(1),
            "h": np.float32(0.5),
        },
    ),
    "QuickGelu": (["a = Mul(x, s)", "b = Sigmoid(a)", "y = Mul(x, b)"], {"s": np.float32(1.702)}),
}


@pytest.mark.parametrize("name", FUSED)
def test_fused_operators_give_the_gradient_of_the_original(tmp_path, name):
    nodes, constants = FUSED[name]
    model = make_model(nodes, (2, 3, 6, 6), constants, opset=17)
    saved = optimized(model, tmp_path, ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)
    assert name in {node.op_type for node in saved.graph.node}
    x = real(2, 3, 6, 6)
    y = session(model).run(["y"], {"x": x})[0]
    cotangent = real(*y.shape)
    expected, _ = gradient_of(model, {"x": x}, cotangent)
    gradient, output = gradient_of(saved, {"x": x}, cotangent)
    np.testing.assert_allclose(gradient, expected, rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(output, y, rtol=1e-4, atol=1e-4)


def test_skip_layer_normalization():
    constants = {"k": real(2, 4, 6), "g": real(6), "b": real(6)}
    plain = make_model(
        ["a = Add(x, k)", "y = LayerNormalization(a, g, b)"], (2, 4, 6), constants, batch=None
    )
    fused = make_model(
        ["y = com.microsoft.SkipLayerNormalization<epsilon=0.00001>(x, k, g, b)"],
        (2, 4, 6),
        constants,
        batch=None,
    )
    x, cotangent = real(2, 4, 6), real(2, 4, 6)
    expected, _ = gradient_of(plain, {"x": x}, cotangent)
    np.testing.assert_allclose(gradient_of(fused, {"x": x}, cotangent)[0], expected, atol=1e-4)


def test_the_blocked_layout_is_refused_with_advice(tmp_path):
    model = make_model(["a = Conv(x, w)", "y = Relu(a)"], (2, 3, 6, 6), {"w": real(16, 3, 3, 3)})
    saved = optimized(model, tmp_path, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)
    if not any("nchwc" in node.domain for node in saved.graph.node):
        pytest.skip("this processor has no blocked layout")
    with pytest.raises(Exception, match="ORT_ENABLE_EXTENDED"):
        build_gradient_graph(saved)
    assert {use.domain for use in check_model(saved).unsupported} == {"com.microsoft.nchwc"}


def in_half(model):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for tensor in copy.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    for value in [*copy.graph.input, *copy.graph.output]:
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    return copy


def test_half_precision_stays_half_and_its_loss_is_single():
    model, x = network(), np.random.default_rng(7).random((2, 3, 16, 16), dtype=np.float32)
    half = in_half(model)
    cotangent = np.random.default_rng(8).standard_normal((2, 7)).astype(np.float32)
    expected, _ = gradient_of(model, {"x": x}, cotangent)
    gradient, _ = gradient_of(half, {"x": x.astype(np.float16)}, cotangent.astype(np.float16))
    assert gradient.dtype == np.float16
    assert cosine(gradient.astype(np.float64), expected) > 0.999
    loss = session(build_gradient_graph(half, loss="cross_entropy"))
    values = loss.run(["loss"], {"x": x.astype(np.float16), "label": np.array([1, 2])})
    assert values[0].dtype == np.float32


def test_an_8_bit_image_has_the_gradient_of_the_real_one():
    nodes = [
        "t = Transpose<perm=[0,3,1,2]>(x)",
        "f = Cast<to=1>(t)",
        "n = Div(f, s)",
        "a = Conv(n, w)",
        "y = Relu(a)",
    ]
    constants = {"s": np.float32(255), "w": real(4, 3, 3, 3)}
    deployed = make_model(nodes, (2, 6, 5, 3), constants, elem_type=TensorProto.UINT8)
    plain = make_model(nodes, (2, 6, 5, 3), constants)
    x = GENERATOR.integers(0, 256, (2, 6, 5, 3)).astype(np.uint8)
    cotangent = real(2, 4, 4, 3)
    expected, _ = gradient_of(plain, {"x": x.astype(np.float32)}, cotangent)
    gradient, _ = gradient_of(deployed, {"x": x}, cotangent)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, expected, atol=1e-6)
