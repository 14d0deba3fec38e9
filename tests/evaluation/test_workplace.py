"""What another process makes of a description of the work."""

import pickle

import numpy as np
import onnx
import percept_adv_models
from onnx import TensorProto, helper, numpy_helper

from percept_adv.classifier import Classifier
from percept_adv.evaluation.workplace import Workplace, _open


def metadata_model(path):
    weights = np.random.default_rng(0).standard_normal((16, 4)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["scores"]),
            helper.make_node("Mul", ["scores", "age"], ["aged"]),
        ],
        "metadata",
        [
            helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 4, 4]),
            helper.make_tensor_value_info("age", TensorProto.FLOAT, ["N", 1]),
        ],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 4]),
            helper.make_tensor_value_info("aged", TensorProto.FLOAT, ["N", 4]),
        ],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path)
    return path


def test_all_that_the_user_said_goes_with_the_work(tmp_path):
    classifier = Classifier(
        metadata_model(tmp_path / "model.onnx"),
        provider="cpu",
        preprocessing={"mean": (0.5,)},
        output_name="aged",
        inputs={"age": -2.0},
        decision="topk:2",
        batch_size=1,
    )
    place = Workplace.of(classifier, tmp_path, batch_size=1, engine="graph")
    assert pickle.loads(pickle.dumps(place)).engine == "graph"
    other = _open(place)
    assert other.decision.name == "topk:2"
    assert other.contract_record == classifier.contract_record
    images = np.random.default_rng(1).random((3, 4, 4, 1), dtype=np.float32)
    np.testing.assert_array_equal(other.logits(images), classifier.logits(images))
    assert _open(place) is other


def test_a_bundled_model():
    classifier = Classifier("c4", provider="cpu")
    place = Workplace.of(classifier, percept_adv_models.dataset_path("mnist-sample"), batch_size=1)
    assert _open(place).sha256 == classifier.sha256
