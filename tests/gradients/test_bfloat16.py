"""bfloat16 models, in onnx's reference: onnxruntime's CPU provider lacks most of their kernels."""

import re

import numpy as np
import onnx
import pytest
from derivative import make_model
from onnx import TensorProto
from onnx.reference import ReferenceEvaluator

from percept_adv.gradients import build_gradient_graph

bfloat16 = pytest.importorskip("ml_dtypes").bfloat16

NETWORKS = {
    "convolutional": [
        "a = Conv<strides=[2,2], pads=[1,1,1,1]>(x, w)",
        "b = Relu(a)",
        # Unpadded: the reference's indices of padded windows are wrong in bfloat16.
        "c = MaxPool<kernel_shape=[2,2]>(b)",
        "d = GlobalAveragePool(c)",
        "e = Flatten(d)",
        "y = Gemm(e, v, u)",
    ],
    "transformer": [
        "a = Conv<strides=[2,2]>(x, w)",
        "s = Constant<value_ints=[0,4,-1]>()",
        "b = Reshape(a, s)",
        "c = Transpose<perm=[0,2,1]>(b)",
        "d = LayerNormalization(c, g)",
        "q = MatMul(d, k)",
        "t = Transpose<perm=[0,2,1]>(q)",
        "l = MatMul(q, t)",
        "p = Softmax<axis=-1>(l)",
        "m = MatMul(p, d)",
        "n = Gelu(m)",
        "o = Constant<value_ints=[1]>()",
        "r = ReduceMean<keepdims=0>(n, o)",
        "y = MatMul(r, v)",
    ],
}


def gradient(model, x, cotangent):
    graph = build_gradient_graph(model)
    onnx.checker.check_model(graph, full_check=True)
    feeds = {"x": x, "cotangent": cotangent}
    return ReferenceEvaluator(graph).run(["input_gradient"], feeds)[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_bfloat16_agrees_with_float32(name):
    rng = np.random.default_rng(0)
    shapes = {"w": (4, 3, 3, 3), "v": (4, 5), "u": (5,), "g": (4,), "k": (4, 4)}
    used = set(re.findall(r"\w+", " ".join(node.split(" = ")[1] for node in NETWORKS[name])))
    # Weights that both types hold exactly.
    weights = {
        weight: (0.4 * rng.standard_normal(shape)).astype(bfloat16)
        for weight, shape in shapes.items()
        if weight in used
    }
    x = rng.standard_normal((2, 3, 9, 9)).astype(bfloat16)
    cotangent = rng.standard_normal((2, 5)).astype(bfloat16)
    narrow = make_model(NETWORKS[name], x.shape, weights, elem_type=TensorProto.BFLOAT16, opset=22)
    wide = make_model(
        NETWORKS[name],
        x.shape,
        {weight: value.astype(np.float32) for weight, value in weights.items()},
        opset=22,
    )
    found = gradient(narrow, x, cotangent)
    assert found.dtype == bfloat16
    expected = gradient(wide, x.astype(np.float32), cotangent.astype(np.float32))
    error = np.linalg.norm(found.astype(np.float32) - expected) / np.linalg.norm(expected)
    # Eight bits of mantissa, over some twenty operators.
    assert error < 0.05
