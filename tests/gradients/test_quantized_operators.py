"""Each quantised operator alone, against the real operator with the same weights.

Directions are not enough here: a scale that is forgotten changes none.
"""

import numpy as np
import pytest
from derivative import gradient_of, make_model, session

from percept_adv.gradients.rewrites.writer import rewritten_operators

GENERATOR = np.random.default_rng(11)
STEP = np.float32(1 / 127)
INPUT = {"xs": STEP, "xz": np.uint8(128)}
QUANTIZE, DEQUANTIZE = "q = QuantizeLinear(x, xs, xz)", "y = DequantizeLinear(r, ys, yz)"


def quantized(*shape, scale, zero_point=0):
    """Return int8 weights and the real numbers that they stand for."""
    weights = GENERATOR.integers(-60, 61, shape).astype(np.int8)
    return weights, ((weights.astype(np.float32) - zero_point) * scale).astype(np.float32)


CHANNEL_SCALES = np.array([0.01, 0.02, 0.005, 0.03], np.float32)
CONV, REAL_CONV = quantized(4, 3, 3, 3, scale=CHANNEL_SCALES[:, None, None, None])
TALL, REAL_TALL = quantized(4, 3, 2, 3, scale=CHANNEL_SCALES[:, None, None, None])
MATRIX, REAL_MATRIX = quantized(5, 4, scale=np.float32(0.02), zero_point=3)
COLUMNS, REAL_COLUMNS = quantized(5, 4, scale=CHANNEL_SCALES)
ROWS, REAL_ROWS = quantized(4, 90, scale=CHANNEL_SCALES[:, None])
FACTOR, REAL_FACTOR = quantized(3, 1, 1, scale=np.float32(0.02), zero_point=-5)
WEIGHT = {"w": MATRIX, "ws": np.float32(0.02), "wz": np.int8(3)}
COLUMN = {"w": COLUMNS, "ws": CHANNEL_SCALES, "wz": np.zeros(4, np.int8)}
BIAS = np.array([1000, -2000, 3000, 0], np.int32)
OPERAND = {
    "b": (FACTOR.astype(np.int16) + 128).astype(np.uint8),
    "bs": np.float32(0.02),
    "bz": np.uint8(128 - 5),
}


def output(scale, zero_point=128):
    return {"ys": np.float32(scale), "yz": np.uint8(zero_point)}


MS = "com.microsoft."
WINDOWS = "kernel_shape=[2,3], pads=[0,1,1,0], strides=[2,1]"
# Name: quantised nodes, their constants, real nodes, theirs.
CASES = {
    "QLinearConv": (
        ["r = QLinearConv<strides=[2,1]>(q, xs, xz, w, ws, wz, ys, yz, c)"],
        {"w": CONV, "ws": CHANNEL_SCALES, "wz": np.zeros(4, np.int8), "c": BIAS, **output(0.2)},
        ["y = Conv<strides=[2,1]>(x, w, c)"],
        {"w": REAL_CONV, "c": (BIAS * STEP * CHANNEL_SCALES).astype(np.float32)},
    ),
    "QLinearConv channels last": (
        [
            "t = Transpose<perm=[0,2,3,1]>(q)",
            f"s = {MS}QLinearConv<{WINDOWS}, channels_last=1>(t, xs, xz, w, ws, wz, ys, yz, c)",
            "r = Transpose<perm=[0,3,1,2]>(s)",
        ],
        {"w": TALL, "ws": CHANNEL_SCALES, "wz": np.zeros(4, np.int8), "c": BIAS, **output(0.2)},
        [f"y = Conv<{WINDOWS}>(x, w, c)"],
        {"w": REAL_TALL, "c": (BIAS * STEP * CHANNEL_SCALES).astype(np.float32)},
    ),
    "MaxPool": (
        [f"r = MaxPool<{WINDOWS}>(q)"],
        {"ys": STEP, "yz": np.uint8(128)},
        [f"y = MaxPool<{WINDOWS}>(x)"],
        {},
    ),
    "NhwcMaxPool": (
        [
            "t = Transpose<perm=[0,2,3,1]>(q)",
            f"s = {MS}NhwcMaxPool<{WINDOWS}>(t)",
            "r = Transpose<perm=[0,3,1,2]>(s)",
        ],
        {"ys": STEP, "yz": np.uint8(128)},
        [f"y = MaxPool<{WINDOWS}>(x)"],
        {},
    ),
    "QLinearMatMul": (
        ["r = QLinearMatMul(q, xs, xz, w, ws, wz, ys, yz)"],
        {**WEIGHT, **output(0.1)},
        ["y = MatMul(x, w)"],
        {"w": REAL_MATRIX},
    ),
    "QLinearMatMul columns": (
        ["r = QLinearMatMul(q, xs, xz, w, ws, wz, ys, yz)"],
        {**COLUMN, **output(0.1)},
        ["y = MatMul(x, w)"],
        {"w": REAL_COLUMNS},
    ),
    "QGemm": (
        [
            "f = Flatten(q)",
            f"r = {MS}QGemm<alpha=0.5, transB=1>(f, xs, xz, w, ws, wz, c, ys, yz)",
        ],
        {"w": ROWS, "ws": CHANNEL_SCALES, "wz": np.zeros(4, np.int8)} | {"c": BIAS, **output(0.1)},
        ["f = Flatten(x)", "y = Gemm<alpha=0.5, transB=1>(f, w, c)"],
        {
            "w": REAL_ROWS,
            "c": (0.5 * BIAS * STEP * CHANNEL_SCALES).astype(np.float32),
        },
    ),
    "QGemm real output": (
        ["f = Flatten(q)", f"y = {MS}QGemm(f, xs, xz, w, ws, wz)"],
        {
            "w": np.tile(MATRIX, (18, 1)),
            "ws": np.float32(0.02),
            "wz": np.int8(3),
        },
        ["f = Flatten(x)", "y = MatMul(f, w)"],
        {"w": np.tile(REAL_MATRIX, (18, 1))},
    ),
    "QLinearAdd": (
        [f"r = {MS}QLinearAdd(b, bs, bz, q, xs, xz, ys, yz)"],
        {**OPERAND, **output(0.03)},
        ["y = Add(b, x)"],
        {"b": REAL_FACTOR},
    ),
    "QLinearMul": (
        [f"r = {MS}QLinearMul(q, xs, xz, b, bs, bz, ys, yz)"],
        {**OPERAND, **output(0.02)},
        ["y = Mul(x, b)"],
        {"b": REAL_FACTOR},
    ),
    "QLinearConcat": (
        [f"r = {MS}QLinearConcat<axis=1>(ys, yz, b, bs, bz, q, xs, xz)"],
        {**OPERAND, "b": np.full((2, 1, 6, 5), 7, np.uint8), **output(0.03)},
        ["y = Concat<axis=1>(b, x)"],
        {"b": np.full((2, 1, 6, 5), (7 - 123) * 0.02, np.float32)},
    ),
    "QLinearGlobalAveragePool": (
        [f"r = {MS}QLinearGlobalAveragePool(q, xs, xz, ys, yz)"],
        output(0.01),
        ["y = GlobalAveragePool(x)"],
        {},
    ),
    "QLinearGlobalAveragePool channels last": (
        [f"r = {MS}QLinearGlobalAveragePool<channels_last=1>(q, xs, xz, ys, yz)"],
        output(0.01),
        ["y = ReduceMean(x, a)"],
        {"a": np.array([1, 2])},
    ),
    "QLinearAveragePool": (
        [f"r = {MS}QLinearAveragePool<kernel_shape=[2,3], strides=[2,1]>(q, xs, xz, ys, yz)"],
        output(0.01),
        ["y = AveragePool<kernel_shape=[2,3], strides=[2,1]>(x)"],
        {},
    ),
    "QLinearAveragePool channels last": (
        [f"r = {MS}QLinearAveragePool<{WINDOWS}, channels_last=1>(q, xs, xz, ys, yz)"],
        output(0.01),
        [
            "t = Transpose<perm=[0,3,1,2]>(x)",
            f"p = AveragePool<{WINDOWS}>(t)",
            "y = Transpose<perm=[0,2,3,1]>(p)",
        ],
        {},
    ),
    "QLinearSigmoid": (
        [f"r = {MS}QLinearSigmoid(q, xs, xz, ys, yz)"],
        output(1 / 255, 0),
        ["y = Sigmoid(x)"],
        {},
    ),
    "QLinearSoftmax": (
        [f"r = {MS}QLinearSoftmax<axis=-1, opset=13>(q, xs, xz, ys, yz)"],
        output(1 / 255, 0),
        ["y = Softmax<axis=-1>(x)"],
        {},
    ),
    "QLinearLeakyRelu": (
        [f"r = {MS}QLinearLeakyRelu<alpha=0.25>(q, xs, xz, ys, yz)"],
        output(0.01),
        ["y = LeakyRelu<alpha=0.25>(x)"],
        {},
    ),
}
DYNAMIC = ["q, xs, xz = DynamicQuantizeLinear(x)"]
SCALED = ["f = Cast<to=1>(i)", "s = Mul(xs, ws)", "y = Mul(f, s)"]
UNFOLDED = {
    "ConvInteger": (
        [*DYNAMIC, "i = ConvInteger<pads=[1,1,1,1]>(q, w, xz, wz)", *SCALED],
        {"w": CONV, "ws": np.float32(0.02), "wz": np.int8(4)},
        ["y = Conv<pads=[1,1,1,1]>(x, w)"],
        {"w": ((CONV.astype(np.float32) - 4) * 0.02).astype(np.float32)},
    ),
    "MatMulInteger": (
        [*DYNAMIC, "i = MatMulInteger(q, w, xz, wz)", *SCALED],
        WEIGHT,
        ["y = MatMul(x, w)"],
        {"w": REAL_MATRIX},
    ),
    "MatMulIntegerToFloat": (
        [*DYNAMIC, f"y = {MS}MatMulIntegerToFloat(q, w, xs, ws, xz, wz, c)"],
        {**WEIGHT, "c": np.ones(4, np.float32)},
        ["m = MatMul(x, w)", "y = Add(m, c)"],
        {"w": REAL_MATRIX, "c": np.ones(4, np.float32)},
    ),
    "DynamicQuantizeMatMul": (
        [f"y = {MS}DynamicQuantizeMatMul(x, w, ws, wz, c)"],
        {**WEIGHT, "c": np.ones(4, np.float32)},
        ["m = MatMul(x, w)", "y = Add(m, c)"],
        {"w": REAL_MATRIX, "c": np.ones(4, np.float32)},
    ),
}


def compare(deployed, real):
    x = GENERATOR.uniform(0.1, 0.95, (2, 3, 6, 5)) * GENERATOR.choice([-1, 1], (2, 3, 6, 5))
    feeds = {"x": x.astype(np.float32)}
    shape = session(real).run(["y"], feeds)[0].shape
    cotangent = GENERATOR.standard_normal(shape).astype(np.float32)
    expected, wanted = gradient_of(real, feeds, cotangent)
    gradient, found = gradient_of(deployed, feeds, cotangent)
    np.testing.assert_allclose(gradient, expected, atol=0.02 * np.abs(expected).max())
    np.testing.assert_allclose(
        found, session(deployed).run(["y"], feeds)[0], atol=1e-5 + 0.02 * np.ptp(wanted)
    )


@pytest.mark.parametrize("name", CASES)
def test_between_conversions(name):
    nodes, constants, real_nodes, real_constants = CASES[name]
    ending = [] if "ys" not in constants else [DEQUANTIZE]
    shape = (2, 3, 6, 5)
    deployed = make_model([QUANTIZE, *nodes, *ending], shape, INPUT | constants, batch=None)
    compare(deployed, make_model(real_nodes, shape, real_constants, batch=None))


@pytest.mark.parametrize("name", UNFOLDED)
def test_quantised_on_the_fly(name):
    nodes, constants, real_nodes, real_constants = UNFOLDED[name]
    shape = (2, 3, 6, 5)
    deployed = make_model(nodes, shape, constants, batch=None)
    compare(deployed, make_model(real_nodes, shape, real_constants, batch=None))


def test_every_quantised_operator_has_a_case():
    names = {
        name
        for _, name in rewritten_operators()
        if name.startswith(("QL", "QG", "MatMulI", "Nhwc"))
    }
    assert names | {"DynamicQuantizeMatMul"} <= {name.split()[0] for name in {**CASES, **UNFOLDED}}
