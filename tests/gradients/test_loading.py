"""Model files that are not what they seem."""

import numpy as np
import onnx
import pytest
from derivative import make_model, session
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv.errors import ModelError, ModelFormatError
from percept_adv.gradients import build_gradient_graph, check_model

WEIGHTS = np.random.default_rng(0).standard_normal((4, 3, 3, 3)).astype(np.float32)


def model():
    return make_model(["a = Conv(x, w)", "y = Relu(a)"], (2, 3, 6, 6), {"w": WEIGHTS})


def test_missing_file(tmp_path):
    with pytest.raises(ModelFormatError, match="cannot be read: No such file"):
        build_gradient_graph(tmp_path / "none.onnx")


def test_a_folder(tmp_path):
    with pytest.raises(ModelFormatError, match="cannot be read"):
        build_gradient_graph(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"hello, world", bytes(100)])
def test_not_onnx(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFormatError, match=r"model.onnx: .*ONNX") as caught:
        check_model(path)
    assert "\n" not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 0.999))
def test_a_truncated_file_never_gives_a_graph(tmp_path_factory, share):
    content = model().SerializeToString()
    path = tmp_path_factory.mktemp("cut") / "model.onnx"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelError):
        build_gradient_graph(path)


def test_external_weights_are_read_in(tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(model(), path, save_as_external_data=True, size_threshold=0)
    graph = build_gradient_graph(path)
    feeds = {"x": np.ones((1, 3, 6, 6), np.float32), "cotangent": np.ones((1, 4, 4, 4), np.float32)}
    assert np.isfinite(session(graph).run(["input_gradient"], feeds)[0]).all()


def test_missing_external_weights_are_named(tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(model(), path, save_as_external_data=True, size_threshold=0, location="weights.bin")
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(ModelFormatError, match=r"weights\.bin"):
        build_gradient_graph(path)


def test_an_opset_before_broadcasting_is_refused():
    old = model()
    old.opset_import[0].version = 6
    with pytest.raises(ModelError, match="opset 6"):
        build_gradient_graph(old)


def test_inputs_that_nothing_produces_are_named():
    broken = model()
    broken.graph.node[1].input[0] = "lost"
    with pytest.raises(ModelFormatError, match="'lost'"):
        build_gradient_graph(broken)
