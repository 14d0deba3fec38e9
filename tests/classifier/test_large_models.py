"""Models whose weights stay in a file beside them: what is above 1.5 GB, with that limit at 0."""

import errno
import gc
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_models import save

from percept_adv import Classifier
from percept_adv.gradients import build_gradient_graph, loading
from percept_adv.runtime import session, spooling

WIDTH = 2048


def deep_model(layers=4):
    """A chain of square matrices of 16 MiB each."""
    generator = np.random.default_rng(0)
    shapes = [(48, WIDTH), *[(WIDTH, WIDTH)] * layers, (WIDTH, 5)]
    nodes, constants = ["h = Flatten(x)"], []
    for index, shape in enumerate(shapes):
        matrix = generator.standard_normal(shape, np.float32) * np.float32((2 / shape[0]) ** 0.5)
        constants.append(numpy_helper.from_array(matrix, f"w{index}"))
        nodes.append(
            f"m{index} = MatMul({'r' if index else 'h'}{index - 1 if index else ''}, w{index})"
        )
        nodes.append(f"r{index} = Relu(m{index})")
    nodes[-1] = f"y = Identity(m{len(shapes) - 1})"
    graph = helper.make_graph(
        [onnx.parser.parse_node(node) for node in nodes],
        "deep",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 5])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


@pytest.fixture(scope="module")
def whole():
    return deep_model()


@pytest.fixture
def beside(whole, tmp_path):
    path = tmp_path / "deep.onnx"
    copy = onnx.ModelProto()
    copy.CopyFrom(whole)
    onnx.save(copy, path, save_as_external_data=True, location="deep.data", size_threshold=0)
    return path


def test_the_same_logits_and_gradients_as_with_the_weights_in_the_model(
    whole, beside, tmp_path, monkeypatch
):
    images = np.random.default_rng(1).random((2, 4, 4, 3), dtype=np.float32)
    labels = np.array([1, 3])
    expected = Classifier(save(whole, tmp_path), provider="cpu")
    monkeypatch.setattr(loading, "INLINE_LIMIT", 0)
    classifier = Classifier(beside, provider="cpu")
    np.testing.assert_allclose(classifier.logits(images), expected.logits(images), atol=1e-5)
    for loss in ("logit_difference", "cross_entropy"):
        ours, theirs = (c.evaluate(images, labels, loss=loss) for c in (classifier, expected))
        np.testing.assert_allclose(ours.gradient, theirs.gradient, rtol=1e-3, atol=1e-5)


def test_large_weights_inside_the_file_are_shared_by_the_sessions(whole, tmp_path, monkeypatch):
    images = np.random.default_rng(1).random((2, 4, 4, 3), dtype=np.float32)
    cotangent = np.eye(2, 5, dtype=np.float32)
    spooled = Classifier(save(whole, tmp_path), provider="cpu")
    folder = spooled._gradients._opened.folder
    assert folder != tmp_path
    assert (folder / "weights.bin").is_file()
    monkeypatch.setattr(spooling, "_LEAST", 1 << 40)
    inside = Classifier(save(whole, tmp_path), provider="cpu")
    assert inside._gradients._opened.folder == tmp_path
    np.testing.assert_array_equal(spooled.logits(images), inside.logits(images))
    np.testing.assert_array_equal(
        spooled.gradient(images, cotangent), inside.gradient(images, cotangent)
    )
    del spooled
    gc.collect()
    assert not folder.exists()


def test_a_full_disk_leaves_the_weights_where_they_are(whole, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(spooling, "_write", refuse)
    classifier = Classifier(save(whole, tmp_path), provider="cpu")
    assert classifier._gradients._opened.folder == tmp_path
    assert classifier.logits(np.zeros((2, 4, 4, 3), np.float32)).shape == (2, 5)


MEASURE = """
import resource, sys
import numpy as np
from percept_adv import Classifier
from percept_adv.gradients import loading

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

loading.INLINE_LIMIT = 0
images = np.zeros((2, 4, 4, 3), np.float32)
before = peak()
classifier = Classifier(sys.argv[1], provider="cpu")
for loss in ("margin", "logit_difference"):
    classifier.evaluate(images, np.array([1, 3]), loss=loss)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is in KiB on Linux only")
def test_weights_are_in_memory_once(beside, tmp_path):
    """Three sessions of 64 MiB of weights: the deployed model and two gradient graphs."""
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, beside],
        capture_output=True, text=True, check=True, cwd=tmp_path.parent,
    )  # fmt: skip
    assert float(result.stdout) < 1.5 * 64


def test_a_gradient_graph_makes_the_runtime_keep_no_transposed_copy(whole, tmp_path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3
    source = build_gradient_graph(whole).SerializeToString()
    onnxruntime.InferenceSession(source, options, ["CPUExecutionProvider"])
    size = (tmp_path / "optimised.onnx").stat().st_size
    assert size < 1.05 * whole.ByteSize()


def test_a_graph_of_many_nodes_is_loaded_without_a_plan_to_use_memory_again(beside, monkeypatch):
    images, labels = np.random.default_rng(2).random((2, 4, 4, 3), np.float32), np.array([1, 3])
    expected = Classifier(beside, provider="cpu").evaluate(images, labels, loss="margin")
    plans, load = [], onnxruntime.InferenceSession

    def recorded(source, options, **rest):
        plans.append(options.enable_mem_reuse)
        return load(source, options, **rest)

    monkeypatch.setattr(onnxruntime, "InferenceSession", recorded)
    monkeypatch.setattr(session, "_MANY_NODES", 5)
    found = Classifier(beside, provider="cpu").evaluate(images, labels, loss="margin")
    # The input contract's, the deployed model's, and the gradient graph's.
    assert plans == [True, True, False]
    np.testing.assert_allclose(found.gradient, expected.gradient, rtol=1e-6)
