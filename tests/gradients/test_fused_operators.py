"""Operators that onnxruntime fuses, each written directly, against finite differences."""

import numpy as np
import pytest
from derivative import check_gradient, gradient_of, make_model

from percept_adv.gradients.rewrites.writer import rewritten_operators

GENERATOR = np.random.default_rng(12)
MS = "com.microsoft."


def real(*shape):
    return GENERATOR.standard_normal(shape).astype(np.float32)


W = {"w": real(3, 3, 3, 3), "b": real(3)}
V = {"v": real(5, 4), "c": real(4)}
ACTIVATIONS = {
    "Relu": "y = Relu(a)",
    "Sigmoid": "y = Sigmoid(a)",
    "Tanh": "y = Tanh(a)",
    "LeakyRelu": "y = LeakyRelu<alpha=0.2>(a)",
    "HardSigmoid": "y = HardSigmoid<alpha=0.3, beta=0.4>(a)",
    "Clip": "y = Clip(a, low, high)",
}
PARAMETERS = {"LeakyRelu": [0.2], "HardSigmoid": [0.3, 0.4], "Clip": [-0.5, 0.7]}
PADS = "pads=[1,1,1,1]"
# Name: nodes, constants, shape.
CASES = {
    "FusedConv sum": (
        ["t = Exp(x)", f'y = {MS}FusedConv<{PADS}, activation="Relu">(x, w, b, t)'],
        W,
        (2, 3, 6, 5),
    ),
    "FusedGemm": (
        [f'y = {MS}FusedGemm<alpha=0.7, activation="LeakyRelu", activation_alpha=0.3>(x, v, c)'],
        V,
        (3, 5),
    ),
    "FusedMatMul": (
        [f"y = {MS}FusedMatMul<alpha=0.5, transB=1>(x, x)"],
        {},
        (2, 3, 4, 5),
    ),
    "FusedMatMul first": (
        [f"y = {MS}FusedMatMul<alpha=-0.5, transA=1>(x, x)"],
        {},
        (2, 3, 4, 5),
    ),
    "FusedMatMul batch": (
        [f"y = {MS}FusedMatMul<transBatchA=1>(x, m)"],
        {"m": real(4, 5, 2)},
        (3, 4, 5),
    ),
    "TransposeMatMul": (
        [f"y = {MS}TransposeMatMul<transB=1>(x, v)"],
        {"v": real(4, 5)},
        (2, 3, 5),
    ),
    "Gelu": ([f"y = {MS}Gelu(x)"], {}, (2, 3, 5)),
    "BiasGelu": ([f"y = {MS}BiasGelu(x, b)"], {"b": real(5)}, (2, 3, 5)),
    "FastGelu": ([f"y = {MS}FastGelu(x)"], {}, (2, 3, 5)),
    "FastGelu bias": ([f"y = {MS}FastGelu(x, b)"], {"b": real(5)}, (2, 3, 5)),
    "QuickGelu": ([f"y = {MS}QuickGelu<alpha=1.3>(x)"], {}, (2, 3, 5)),
    "SkipLayerNormalization": (
        ["t = Exp(x)", f"y = {MS}SkipLayerNormalization<epsilon=0.01>(x, t, g, b, c)"],
        {"g": real(5), "b": real(5), "c": real(5)},
        (2, 3, 5),
    ),
    "SkipLayerNormalization sum": (
        [
            f"n, , , s = {MS}SkipLayerNormalization<epsilon=0.01>(x, k, g)",
            "y = Mul(n, s)",
        ],
        {"g": real(5), "k": real(2, 3, 5)},
        (2, 3, 5),
    ),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_convolution_with_an_activation(name):
    """Against the nodes apart: differences would cross kinks."""
    values = f", activation_params={PARAMETERS[name]}" if name in PARAMETERS else ""
    shape, bounds = (2, 3, 6, 5), {"low": np.float32(-0.5), "high": np.float32(0.7)}
    fused = [f'y = {MS}FusedConv<{PADS}, activation="{name}"{values}>(x, w, b)']
    apart = [f"a = Conv<{PADS}>(x, w, b)", ACTIVATIONS[name]]
    feeds, cotangent = {"x": real(*shape)}, real(*shape)
    found, output = gradient_of(make_model(fused, shape, W), feeds, cotangent)
    expected, wanted = gradient_of(make_model(apart, shape, {**W, **bounds}), feeds, cotangent)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(output, wanted, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_derivative(name):
    nodes, constants, shape = CASES[name]
    model = make_model(nodes, shape, constants, batch=None)
    check_gradient(model, {"x": real(*shape)})


def test_every_fused_operator_has_a_case():
    names = {name for domain, name in rewritten_operators() if domain == "com.microsoft"}
    fused = {
        name for name in names if not name.startswith(("QL", "QG", "MatMulI", "Dynamic", "Nhwc"))
    }
    assert fused <= {name.split()[0] for name in CASES}


ATTENTION = {
    "mask of numbers": (["y = Attention(x, x, x, m)"], {"m": real(5, 5)}, (2, 3, 5, 4)),
    "mask of truth": (
        ["y = Attention<scale=0.7, softcap=2.0>(x, k, x, m)"],
        {"k": real(2, 3, 5, 4), "m": np.tril(np.ones((5, 5), bool))},
        (2, 3, 5, 4),
    ),
    "heads apart": (
        ["y = Attention<q_num_heads=2, kv_num_heads=2>(x, x, v)"],
        {"v": real(2, 5, 8)},
        (2, 5, 8),
    ),
    "shared keys": (
        ["k = Slice(x, b, e, a)", "y = Attention(x, k, k)"],
        {"b": np.array([0]), "e": np.array([2]), "a": np.array([1])},
        (2, 4, 5, 4),
    ),
}


@pytest.mark.parametrize("name", ATTENTION)
def test_attention(name):
    nodes, constants, shape = ATTENTION[name]
    model = make_model(nodes, shape, constants, opset=23, batch=None)
    check_gradient(model, {"x": real(*shape)})


@pytest.mark.parametrize("kind", ["truth", "numbers"])
def test_a_query_with_nothing_to_attend_to_has_no_gradient(kind):
    allowed = np.ones((4, 5), bool)
    allowed[1], allowed[2, 3:] = False, False
    mask = allowed if kind == "truth" else np.where(allowed, 0, -np.inf).astype(np.float32)
    constants = {"k": real(2, 3, 5, 6), "v": real(2, 3, 5, 6), "m": mask}
    shape = (2, 3, 4, 6)
    model = make_model(["y = Attention(x, k, v, m)"], shape, constants, opset=23, batch=None)
    check_gradient(model, {"x": real(*shape)})
    gradient, output = gradient_of(model, {"x": real(*shape)}, real(*shape))
    assert not output[:, :, 1].any()
    assert not gradient[:, :, 1].any()


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4)])
def test_a_softmax_of_nothing_that_is_guarded(shape):
    """As PyTorch's exporter writes attention with a mask of truth values."""
    nodes = [
        "a = Add(x, m)",
        "s = Softmax<axis=-1>(a)",
        "n = IsNaN(s)",
        "y = Where(n, zero, s)",
    ]
    mask = np.zeros((3, 4), np.float32)
    mask[1], mask[2, 0] = -np.inf, -np.inf
    model = make_model(nodes, shape, {"m": mask, "zero": np.float32(0)}, batch=None)
    check_gradient(model, {"x": real(*shape)})


def test_channels_last_as_keras_exports_them():
    """Images and activations in NHWC, transposed around each convolution, weights cast."""
    nodes = [
        "t = Transpose<perm=[0,3,1,2]>(x)",
        "h = Cast<to=1>(half)",
        'a = Conv<strides=[2,2], auto_pad="SAME_UPPER">(t, h)',
        "u = Transpose<perm=[0,2,3,1]>(a)",
        "c = Add(u, bias)",
        "r = Clip(c, low, high)",
        "v = Transpose<perm=[0,3,1,2]>(r)",
        "p = MaxPool<kernel_shape=[2,2], strides=[2,2]>(v)",
        "q = Transpose<perm=[0,2,3,1]>(p)",
        "m = ReduceMean<keepdims=0>(q, axes)",
        "y = MatMul(m, w)",
    ]
    constants = {
        "half": (0.5 * real(4, 3, 3, 3)).astype(np.float16),
        "bias": real(4),
        "low": np.float32(0),
        "high": np.float32(6),
        "axes": np.array([1, 2]),
        "w": real(4, 5),
    }
    model = make_model(nodes, (2, 9, 8, 3), constants)
    check_gradient(model, {"x": real(2, 9, 8, 3)})
