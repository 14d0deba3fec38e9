"""Forms in which models are deployed: integer images, maps of probabilities, resizing inside."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from percept_adv.classifier import Classifier
from percept_adv.errors import ModelError, ModelFormatError

SIDE = 6
MATRIX = np.random.default_rng(0).standard_normal((3 * SIDE * SIDE, 4)).astype(np.float32)


def model_of(nodes, elem_type, shape, constants, output="y", domains=()):
    graph = helper.make_graph(
        nodes,
        "deployed",
        [helper.make_tensor_value_info("x", elem_type, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", 4])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(*entry) for entry in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


LINEAR = [helper.make_node("Flatten", ["f"], ["r"]), helper.make_node("MatMul", ["r", "m"], ["y"])]
FRONTS = {
    "transpose, cast": [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["t"], ["f"], to=TensorProto.FLOAT),
    ],
    "dequantize": [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("DequantizeLinear", ["t", "scale", "zero"], ["f"]),
    ],
}


@pytest.mark.parametrize("front", FRONTS)
def test_integer_images(front):
    """As torch exports a network that takes bytes, and as quantisers leave one."""
    constants = {"m": MATRIX}
    if front == "dequantize":
        constants |= {"scale": np.float32(0.5), "zero": np.uint8(3)}
    shape = ["N", SIDE, SIDE, 3]
    model = model_of([*FRONTS[front], *LINEAR], TensorProto.UINT8, shape, constants)
    classifier = Classifier(model, provider="cpu")
    images = np.random.default_rng(1).random((2, SIDE, SIDE, 3), dtype=np.float32)
    cotangent = np.random.default_rng(2).standard_normal((2, 4)).astype(np.float32)
    slope = 255 * (0.5 if front == "dequantize" else 1.0)
    expected = slope * (cotangent @ MATRIX.T).reshape(2, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(classifier.gradient(images, cotangent), expected, rtol=1e-4)


def test_maps_of_probabilities(tmp_path):
    """ZipMap, the default of skl2onnx and onnxmltools, with a label beside it."""
    nodes = [
        *LINEAR[:1],
        helper.make_node("MatMul", ["r", "m"], ["z"]),
        helper.make_node("Softmax", ["z"], ["p"], axis=1),
        helper.make_node("ArgMax", ["p"], ["label"], axis=1, keepdims=0),
        helper.make_node(
            "ZipMap", ["p"], ["maps"], domain="ai.onnx.ml", classlabels_int64s=list(range(4))
        ),
    ]
    nodes[0].input[0] = "x"
    model = model_of(
        nodes,
        TensorProto.FLOAT,
        ["N", 3, SIDE, SIDE],
        {"m": MATRIX / 10},
        domains=[("ai.onnx.ml", 1)],
    )
    del model.graph.output[:]
    element = helper.make_map_type_proto(
        TensorProto.INT64, helper.make_tensor_type_proto(TensorProto.FLOAT, None)
    )
    model.graph.output.extend(
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]),
            helper.make_value_info("maps", helper.make_sequence_type_proto(element)),
        ]
    )
    onnx.save(model, tmp_path / "model.onnx")
    for given in (tmp_path / "model.onnx", model):
        classifier = Classifier(given, provider="cpu")
        images = np.random.default_rng(1).random((2, SIDE, SIDE, 3), dtype=np.float32)
        evaluation = classifier.evaluate(images, np.array([0, 1]), loss="logit_difference")
        assert evaluation.gradient.any()
        flat = images.transpose(0, 3, 1, 2).reshape(2, -1)
        np.testing.assert_array_equal(classifier.predict(images), (flat @ MATRIX).argmax(axis=1))


@pytest.mark.parametrize("end", ["ArgMax", "names", "TopK", "softmax"])
def test_labels_only(tmp_path, end):
    """Nothing but a label comes out: what is attacked are the scores in front of it."""
    nodes = [*LINEAR[:1], helper.make_node("MatMul", ["r", "m"], ["z"])]
    nodes[0].input[0] = "x"
    scores, kind = "z", TensorProto.INT64
    if end == "softmax":
        nodes.append(helper.make_node("Softmax", ["z"], ["p"], axis=1))
        scores = "p"
    if end == "TopK":
        nodes.append(helper.make_node("TopK", [scores, "two"], ["best", "label"], axis=1))
    else:
        nodes.append(helper.make_node("ArgMax", [scores], ["place"], axis=1, keepdims=0))
        nodes.append(helper.make_node("Gather", ["codes", "place"], ["label"]))
    constants = {"m": MATRIX / 10, "two": np.array([2]), "codes": np.array([30, 10, 40, 20])}
    if end == "names":
        nodes[-1:] = [
            helper.make_node(
                "LabelEncoder", ["place"], ["label"], domain="ai.onnx.ml",
                keys_int64s=[0, 1, 2, 3], values_strings=["a", "b", "c", "d"],
            )
        ]  # fmt: skip
        kind = TensorProto.STRING
    model = model_of(
        nodes, TensorProto.FLOAT, ["N", 3, SIDE, SIDE], constants, domains=[("ai.onnx.ml", 2)]
    )
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("label", kind, None))
    onnx.save(model, tmp_path / "model.onnx")
    images = np.random.default_rng(1).random((2, SIDE, SIDE, 3), dtype=np.float32)
    flat = images.transpose(0, 3, 1, 2).reshape(2, -1)
    for given in (tmp_path / "model.onnx", model):
        classifier = Classifier(given, provider="cpu")
        assert "gives labels only" in classifier.notes[0]
        assert repr(scores) in classifier.notes[0]
        np.testing.assert_array_equal(classifier.predict(images), (flat @ MATRIX).argmax(axis=1))
        assert classifier.gradient(images, np.eye(4, dtype=np.float32)[:2]).any()


def test_integers_with_a_sign_hold_the_samples_less_128():
    constants = {"m": MATRIX / 10, "scale": np.float32(1 / 255), "zero": np.int8(-128)}
    front = [
        helper.make_node("DequantizeLinear", ["x", "scale", "zero"], ["f"]),
        helper.make_node("Flatten", ["f"], ["r"]),
    ]
    shape = ["N", 3, SIDE, SIDE]
    model = model_of([*front, LINEAR[1]], TensorProto.INT8, shape, constants)
    classifier = Classifier(model, provider="cpu")
    assert any("values of -128 to 127" in note for note in classifier.notes)
    levels = np.random.default_rng(1).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    flat = (levels / 255).transpose(0, 3, 1, 2).reshape(2, -1)
    found = classifier.logits(levels)
    np.testing.assert_allclose(found, flat @ (MATRIX / 10), rtol=1e-3, atol=1e-4)


OPTIONAL = helper.make_optional_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, None))
NO_TENSORS = {
    "SequenceConstruct": helper.make_tensor_sequence_value_info("all", TensorProto.FLOAT, None),
    "Optional": helper.make_value_info("all", OPTIONAL),
}


@pytest.mark.parametrize("operator", NO_TENSORS)
@pytest.mark.parametrize("alone", [True, False])
def test_outputs_that_are_no_tensors(operator, alone):
    nodes = [LINEAR[0], LINEAR[1], helper.make_node(operator, ["y"], ["all"])]
    nodes[0] = helper.make_node("Flatten", ["x"], ["r"])
    shape = ["N", 3, SIDE, SIDE]
    model = model_of(nodes, TensorProto.FLOAT, shape, {"m": MATRIX / 10})
    if alone:
        del model.graph.output[:]
    model.graph.output.append(NO_TENSORS[operator])
    with pytest.raises(ModelError, match="as one tensor of floats"):
        Classifier(model, provider="cpu", output_name=None if alone else "all")
    if not alone:
        assert Classifier(model, provider="cpu").output_name == "y"


@pytest.mark.parametrize("end", ["TopK", "the largest", "TopK beside all"])
def test_the_best_scores_only(tmp_path, end):
    """Sorted scores are no scores of classes: the first is always the largest."""
    nodes = [*LINEAR[:1], helper.make_node("MatMul", ["r", "m"], ["z"])]
    nodes[0].input[0] = "x"
    if end == "the largest":
        nodes.append(helper.make_node("ReduceMax", ["z"], ["best"], axes=[1], keepdims=0))
        nodes.append(helper.make_node("ArgMax", ["z"], ["label"], axis=1, keepdims=0))
    else:
        nodes.append(helper.make_node("TopK", ["z", "two"], ["best", "label"], axis=1))
    model = model_of(
        nodes,
        TensorProto.FLOAT,
        ["N", 3, SIDE, SIDE],
        {"m": MATRIX / 10, **({} if end == "the largest" else {"two": np.array([2])})},
    )
    del model.graph.output[:]
    shape = ["N"] if end == "the largest" else ["N", 2]
    model.graph.output.append(helper.make_tensor_value_info("best", TensorProto.FLOAT, shape))
    if end != "TopK":
        model.graph.output.append(helper.make_tensor_value_info("label", TensorProto.INT64, shape))
    if end == "TopK beside all":
        model.graph.output.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, ["N", 4]))
    onnx.save(model, tmp_path / "model.onnx")
    images = np.random.default_rng(1).random((2, SIDE, SIDE, 3), dtype=np.float32)
    flat = images.transpose(0, 3, 1, 2).reshape(2, -1)
    for given in (tmp_path / "model.onnx", model):
        classifier = Classifier(given, provider="cpu")
        told = any("the best scores only" in note for note in classifier.notes)
        assert told == (end != "TopK beside all")
        np.testing.assert_array_equal(classifier.predict(images), (flat @ MATRIX).argmax(axis=1))
        assert classifier.gradient(images, np.eye(4, dtype=np.float32)[:2]).any()


@pytest.mark.parametrize(
    ("inputs", "constants"),
    [
        (["x", "", "s"], {"s": np.array([1, 1, 0.31, 1.7], np.float32)}),
        (["x", "", "", "n"], {"n": np.array([1, 3, 11, 9])}),
    ],
)
@pytest.mark.parametrize("size", [(23, 18), ("H", "W")])
def test_resizing_inside(inputs, constants, size):
    """By scales, of which onnx and onnxruntime make other sizes, and to sizes with a batch of 1."""
    nodes = [
        helper.make_node("Resize", inputs, ["z"], mode="linear"),
        helper.make_node("Tanh", ["z"], ["t"]),
        helper.make_node("GlobalAveragePool", ["t"], ["g"]),
        helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("MatMul", ["f", "m"], ["y"]),
    ]
    batch = 1 if "n" in constants else "N"
    shape = [batch, 3, *size]
    model = model_of(nodes, TensorProto.FLOAT, shape, constants | {"m": MATRIX[:3]})
    classifier = Classifier(model, provider="cpu")
    for height, width in ((23, 18), (29, 31)) if size[0] == "H" else (size,):
        image = np.random.default_rng(1).random((1, height, width, 3), dtype=np.float32)
        cotangent = np.ones((1, 4), np.float32)
        gradient = classifier.gradient(image, cotangent).astype(np.float64)
        direction = np.random.default_rng(2).standard_normal(image.shape)
        ends = [
            classifier.logits((0.5 + 0.3 * (image - 0.5) + s * direction).astype(np.float32))
            for s in (1e-2, -1e-2)
        ]
        base = (0.5 + 0.3 * (image - 0.5)).astype(np.float32)
        gradient = classifier.gradient(base, cotangent).astype(np.float64)
        measured = float((ends[0] - ends[1]).astype(np.float64).sum()) / 2e-2
        assert measured == pytest.approx(float((gradient * direction).sum()), rel=2e-2, abs=2e-3)


def test_onnxruntimes_own_format_is_told(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"\x00\x01\x02\x03ORTM" + bytes(100))
    with pytest.raises(ModelFormatError, match="own format"):
        Classifier(tmp_path / "model.onnx")
