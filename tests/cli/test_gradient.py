"""``percept-adv gradient`` as users run it."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest

from percept_adv.gradients import loading


def run_graph(path, **feeds):
    """The outputs of a graph by name."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


@pytest.fixture
def images():
    return np.random.default_rng(5).random((2, 1, 4, 4)).astype(np.float32)


def test_cotangent_graph_of_a_linear_model(
    percept_adv, model_files, linear_weights, images, tmp_path
):
    output = tmp_path / "deep" / "gradient.onnx"
    result = percept_adv("gradient", model_files["linear"], "-o", output, "--json")
    assert (result.returncode, result.stderr) == (0, "")
    record = json.loads(result.stdout)
    assert record["inputs"] == ["image", "cotangent"]
    assert record["outputs"] == ["scores", "input_gradient"]
    cotangent = np.random.default_rng(6).standard_normal((2, 3)).astype(np.float32)
    outputs = run_graph(output, image=images, cotangent=cotangent)
    expected = (cotangent @ linear_weights.T).reshape(images.shape)
    np.testing.assert_allclose(outputs["input_gradient"], expected, rtol=1e-5)
    np.testing.assert_allclose(outputs["scores"], images.reshape(2, 16) @ linear_weights, rtol=1e-5)
    assert {path.name for path in output.parent.iterdir()} == {output.name, f"{output.name}.json"}


def test_an_existing_graph_is_kept(percept_adv_here, model_files, tmp_path):
    output = tmp_path / "g.onnx"
    arguments = "gradient", model_files["linear"], "-o", output
    assert percept_adv_here(*arguments).returncode == 0
    before = output.read_bytes()
    kept = percept_adv_here(*arguments)
    assert kept.returncode == 0
    assert "1 existing output kept" in kept.stderr
    refused = percept_adv_here(*arguments, "--loss", "margin")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "loss was cotangent, now margin" in refused.stderr
    assert output.read_bytes() == before
    made = percept_adv_here(*arguments, "--loss", "margin", "--overwrite")
    assert made.returncode == 0
    assert {value.name for value in onnx.load(output).graph.output} == {
        "scores", "loss", "input_gradient",
    }  # fmt: skip


def test_a_loss_on_probabilities_uses_the_log_odds(
    percept_adv_here, model_files, linear_weights, images, tmp_path
):
    output = tmp_path / "g.onnx"
    result = percept_adv_here(
        "gradient", model_files["probabilities"], "-o", output, "--loss", "logit_difference"
    )
    assert result.returncode == 0
    assert "probabilities, not logits" in result.stderr
    assert "log-odds" in result.stderr
    outputs = run_graph(output, image=images, label=np.array([0, 2]))
    logits = images.reshape(2, 16) @ linear_weights
    gaps = [logits[0, 0] - logits[0, 1:].max(), logits[1, 2] - logits[1, :2].max()]
    np.testing.assert_allclose(outputs["loss"], gaps, rtol=1e-4, atol=1e-5)


def test_bad_models_in_one_line_with_exit_code_4(percept_adv, model_files, tmp_path):
    output = tmp_path / "g.onnx"
    for name, words in {
        "custom": ("acme::Blur", "'blur_1'", "Sharpen", "export the model"),
        "truncated": ("truncated.onnx", "truncated"),
        "no_model": ("no_model.onnx", "ONNX"),
        "two_inputs": ("'image', 'depth'", "--input-name"),
    }.items():
        result = percept_adv("gradient", model_files[name], "-o", output)
        assert (result.returncode, result.stdout) == (4, "")
        (line,) = result.stderr.splitlines()
        assert all(word in line for word in words), line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("sound", "damaged", "words"),
    [
        (b"Flatten", b"Flat\x9den", "name in the graph"),
        (b"axis", b"axxs", "damaged"),
        (b"MatMul", b"MatMut", "MatMut"),
    ],
)
def test_a_damaged_byte_is_one_line_too(
    percept_adv_here, model_files, tmp_path, sound, damaged, words
):
    model = onnx.load(model_files["linear"])
    model.graph.node[0].attribute.append(onnx.helper.make_attribute("axis", 1))
    path = tmp_path / "damaged.onnx"
    path.write_bytes(model.SerializeToString().replace(sound, damaged))
    result = percept_adv_here("gradient", path, "-o", tmp_path / "g.onnx")
    assert result.returncode == 4
    (line,) = result.stderr.splitlines()
    assert words in line
    assert list(tmp_path.iterdir()) == [path]


def test_a_weight_of_another_size_is_one_line_too(percept_adv_here, model_files, tmp_path):
    model = onnx.load(model_files["linear"])
    model.graph.initializer[0].dims[0] = 15
    onnx.save(model, tmp_path / "damaged.onnx")
    result = percept_adv_here("gradient", tmp_path / "damaged.onnx", "--check")
    assert result.returncode == 4
    assert "'w'" in result.stderr


def test_an_input_can_be_chosen(percept_adv_here, model_files, tmp_path):
    result = percept_adv_here(
        "gradient", model_files["two_inputs"], "--input-name", "depth", "-o", tmp_path / "g.onnx"
    )
    assert result.returncode == 0
    wrong = percept_adv_here("gradient", model_files["linear"], "--check", "--output-name", "none")
    assert wrong.returncode == 4
    assert "'scores'" in wrong.stderr


def test_check_lists_everything_that_is_missing(percept_adv_here, model_files):
    result = percept_adv_here("gradient", model_files["custom"], "--check", "--json")
    assert result.returncode == 4
    record = json.loads(result.stdout)
    assert not record["supported"]
    missing = {(use["domain"], use["op_type"], use["node"]) for use in record["unsupported"]}
    assert missing == {("acme", "Blur", "blur_1"), ("acme", "Sharpen", "sharpen_2")}
    shown = percept_adv_here("gradient", model_files["custom"], "--check")
    assert shown.returncode == 4
    assert "acme::Blur" in shown.stdout
    assert "acme::Sharpen" in shown.stdout
    assert shown.stdout.count("export the model with standard ONNX operators") == 1


def test_check_says_what_was_found(percept_adv_here, model_files):
    result = percept_adv_here("gradient", model_files["probabilities"], "--check", "--json")
    assert result.returncode == 0
    record = json.loads(result.stdout)
    assert record["supported"]
    assert record["output_kind"] == "probabilities"
    assert record["opset"] == 18
    assert record["operators"]["ai.onnx::Softmax"] == 1
    assert record["size"] >= 16 * 3 * 4
    assert record["pipeline_from"] == "guessed"
    assert {"kind": "colour_mode", "mode": "grey"} in record["pipeline"]
    bundled = percept_adv_here("gradient", "efficientnet-lite0", "--check", "--json")
    assert bundled.returncode == 0
    assert json.loads(bundled.stdout)["pipeline_from"] == "catalogue"


def test_weights_that_stay_beside_the_model(
    percept_adv_here, model_files, images, tmp_path, monkeypatch
):
    """What a model beyond 1.5 GB does, with that limit at 0."""
    monkeypatch.setattr(loading, "INLINE_LIMIT", 0)
    monkeypatch.setattr(loading, "LARGEST_FOLDED", 0)
    source = tmp_path / "models" / "large.onnx"
    source.parent.mkdir()
    model = onnx.load(model_files["linear"])
    onnx.save(model, source, save_as_external_data=True, location="large.data", size_threshold=0)
    elsewhere = percept_adv_here("gradient", source, "-o", tmp_path / "g.onnx")
    assert elsewhere.returncode == 1
    assert "write the gradient graph into" in elsewhere.stderr
    assert not (tmp_path / "g.onnx").exists()
    beside = source.with_name("g.onnx")
    assert percept_adv_here("gradient", source, "-o", beside).returncode == 0
    cotangent = np.ones((2, 3), np.float32)
    assert run_graph(beside, image=images, cotangent=cotangent)["input_gradient"].any()


def test_usage_and_an_output_that_cannot_be_written(percept_adv_here, model_files):
    assert percept_adv_here("gradient", model_files["linear"]).returncode == 2
    both = percept_adv_here("gradient", model_files["linear"], "--check", "-o", "x.onnx")
    assert both.returncode == 2
    below = model_files["no_model"] / "g.onnx"
    result = percept_adv_here("gradient", model_files["linear"], "-o", below)
    assert result.returncode == 1
    assert f"a file stands where {below.parent}" in result.stderr
