"""Model files that are not what they seem."""

import numpy as np
import onnx
import pytest
from derivative import make_model, session
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ModelError, ModelFormatError
from percept_adv.gradients import build_gradient_graph, check_model, expose_logits, loading
from percept_adv.gradients.loading import external_tensors

WEIGHTS = np.random.default_rng(0).standard_normal((4, 3, 3, 3)).astype(np.float32)


def model():
    return make_model(["a = Conv(x, w)", "y = Relu(a)"], (2, 3, 6, 6), {"w": WEIGHTS})


def test_missing_file(tmp_path):
    with pytest.raises(ModelFormatError, match="cannot be read: No such file"):
        build_gradient_graph(tmp_path / "none.onnx")


def test_a_folder(tmp_path):
    with pytest.raises(ModelFormatError, match="cannot be read"):
        build_gradient_graph(tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda found: setattr(found.opset_import[0], "version", 99), "its opset is 99"),
        (lambda found: setattr(found, "ir_version", 99), r"ir_version\) is 99, and 1"),
        (
            lambda found: found.graph.value_info.append(helper.make_tensor_value_info("a", 99, [])),
            "'a' has the type 99",
        ),
        (
            lambda found: setattr(found.graph.output[0].type.tensor_type, "elem_type", 0),
            "'y' has the type 0",
        ),
        (
            lambda found: found.graph.value_info.append(helper.make_tensor_value_info("a", 0, [])),
            "'a' has the type 0",
        ),
    ],
)
def test_versions_and_types_that_nothing_can_load(change, told):
    found = model()
    change(found)
    with pytest.raises(ModelFormatError, match=told):
        build_gradient_graph(found)


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


def external(array, location):
    """Return a tensor whose values lie in a file, which it writes."""
    tensor = numpy_helper.from_array(array, "value")
    location.write_bytes(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location.name)
    return tensor


def test_external_weights_of_constants_and_branches(tmp_path):
    whole = make_model(["y = Conv(x, w)"], (2, 3, 6, 6), {"w": WEIGHTS})
    expected = build_gradient_graph(whole)
    w = external(WEIGHTS, tmp_path / "w.bin")
    inner = helper.make_node("Constant", [], ["inner"], value=w)
    branch = helper.make_graph([inner], "b", [], [helper.make_tensor_value_info("inner", 1, None)])
    yes = numpy_helper.from_array(np.array(True), "yes")
    chosen = helper.make_node("If", ["yes"], ["w"], then_branch=branch, else_branch=branch)
    del whole.graph.initializer[:]
    whole.graph.initializer.append(yes)
    whole.graph.node.insert(0, chosen)
    path = tmp_path / "model.onnx"
    path.write_bytes(whole.SerializeToString())
    feeds = {"x": np.ones((1, 3, 6, 6), np.float32), "cotangent": np.ones((1, 4, 4, 4), np.float32)}
    gradients = [
        session(graph).run(["input_gradient"], feeds)[0]
        for graph in (build_gradient_graph(path), expected)
    ]
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-5, atol=1e-6)
    (tmp_path / "w.bin").unlink()
    with pytest.raises(ModelFormatError, match=r"w\.bin"):
        build_gradient_graph(path)


FEEDS = {"x": np.ones((1, 3, 6, 6), np.float32), "cotangent": np.ones((1, 4, 4, 4), np.float32)}


def without_weights(folder):
    """Return a model in memory whose weights lie in a folder."""
    path = folder / "model.onnx"
    onnx.save(model(), path, save_as_external_data=True, size_threshold=0, location="weights.bin")
    return onnx.load(path, load_external_data=False)


@pytest.mark.parametrize("given", ["folder", "current folder"])
def test_a_model_in_memory_finds_its_external_weights(tmp_path, monkeypatch, given):
    light = without_weights(tmp_path)
    before = light.SerializeToString()
    options = {"weights_folder": tmp_path} if given == "folder" else {}
    if given == "current folder":
        monkeypatch.chdir(tmp_path)
    graph = build_gradient_graph(light, **options)
    assert light.SerializeToString() == before
    expected = session(build_gradient_graph(model())).run(["input_gradient"], FEEDS)[0]
    found = session(graph).run(["input_gradient"], FEEDS)[0]
    np.testing.assert_array_equal(found, expected)
    assert check_model(light, **options).supported
    assert not external_tensors(expose_logits(light, **options))


@pytest.mark.parametrize("function", [build_gradient_graph, check_model, expose_logits])
def test_a_model_in_memory_without_its_weights_is_told(tmp_path, function):
    with pytest.raises(ModelFormatError, match=r"weights\.bin; give the model's path .*weights_f"):
        function(without_weights(tmp_path))


def test_large_weights_stay_in_their_file_and_small_ones_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "INLINE_LIMIT", 0)
    monkeypatch.setattr(loading, "LARGEST_FOLDED", 20)
    whole = make_model(
        ["f = Reshape(x, row)", "y = MatMul(f, w)"],
        (2, 3, 6, 6),
        {"row": np.array([-1, 108], np.int64), "w": np.ones((108, 5), np.float32)},
    )
    path = tmp_path / "model.onnx"
    onnx.save(whole, path, save_as_external_data=True, size_threshold=0)
    graph = build_gradient_graph(path)
    assert [tensor.name for tensor in external_tensors(graph)] == ["w"]
    assert len(graph.SerializeToString()) < 108 * 5 * 4


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


def test_a_tensor_that_two_nodes_produce_is_named():
    broken = model()
    broken.graph.node.append(helper.make_node("Relu", ["y"], ["a"]))
    with pytest.raises(ModelFormatError, match="produces the tensor 'a', which is there already"):
        build_gradient_graph(broken)


@pytest.mark.parametrize("kind", [-1, 0, 99])
def test_a_cast_to_a_type_that_there_is_not(kind):
    broken = model()
    broken.graph.node[1].CopyFrom(helper.make_node("Cast", ["a"], ["y"], to=kind))
    with pytest.raises(ModelFormatError, match=f"'y' has the type {kind}, which ONNX does not"):
        build_gradient_graph(broken)


def test_a_model_without_opset_says_so(tmp_path):
    broken = model()
    del broken.opset_import[:]
    path = tmp_path / "model.onnx"
    path.write_bytes(broken.SerializeToString())
    with pytest.raises(ModelFormatError, match="does not say which opset"):
        build_gradient_graph(path)


def test_the_blocked_layout_of_onnxruntime_says_how_to_save_without_it():
    blocked = helper.make_model(
        helper.make_graph(
            [helper.make_node("ReorderInput", ["x"], ["y"], domain="com.microsoft.nchwc")],
            "blocked",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 8, 4, 4])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 8, 4, 4])],
        ),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft.nchwc", 1)],
    )
    (use,) = check_model(blocked, output_name="y").unsupported
    assert "ORT_ENABLE_EXTENDED" in use.advice


def refusal(model, tmp_path):
    """Return why a file is refused, the same by both entry points."""
    path = tmp_path / "model.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    told = []
    for function in (check_model, build_gradient_graph):
        with pytest.raises(ModelError) as caught:
            function(path)
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert "\n" not in told[0]
    return told[0]


def test_a_split_into_fewer_parts_than_it_names(tmp_path):
    """onnx's own inference ends the process there."""
    nodes = ["a, b, c = Split<axis = 1, num_outputs = 1>(x)", "y = Mul(a, c)"]
    assert "splits into 1 parts and has 3 outputs" in refusal(
        make_model(nodes, (1, 3, 4), {}), tmp_path
    )


@pytest.mark.parametrize("name", [b"case", b"Relu", b"y"])
def test_a_name_that_is_no_text(tmp_path, name):
    content = model().SerializeToString()
    assert name in content
    damaged = content.replace(name, b"\xbc" + name[1:])
    assert "is no text" in refusal(damaged, tmp_path)


def test_an_output_whose_type_nothing_tells(tmp_path):
    untyped = make_model(
        ["y = GatherND<batch_dims = 7>(x, i)"], (2, 3), {"i": np.zeros((1, 1), int)}
    )
    untyped.graph.output[0].ClearField("type")
    path = tmp_path / "model.onnx"
    onnx.save(untyped, path)
    with pytest.raises(ModelFormatError, match="type of the output 'y' is neither declared"):
        build_gradient_graph(path)


def test_the_declared_type_of_an_output_counts_where_none_is_inferred():
    declared = make_model(
        ["y = GatherND<batch_dims = 7>(x, i)"], (2, 3), {"i": np.zeros((1, 1), int)}
    )
    graph = build_gradient_graph(declared).graph
    cotangent = next(value for value in graph.input if value.name == "cotangent")
    assert cotangent.type.tensor_type.elem_type == TensorProto.FLOAT
