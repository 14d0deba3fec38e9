"""``percept-adv models`` as users run it."""

import hashlib
import json

import percept_adv_models as bundled
import pytest


def test_list_names_models_and_data_sets(percept_adv, percept_adv_here):
    result = percept_adv("models", "list", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    names = {
        kind: [r["name"] for r in records if r["kind"] == kind] for kind in ("model", "dataset")
    }
    assert names == {"model": bundled.names(), "dataset": bundled.dataset_names()}
    lines = percept_adv_here("models", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [record["name"] for record in records]


@pytest.mark.parametrize("name", [*bundled.names(), *bundled.dataset_names()])
def test_describe_says_licence_and_source(percept_adv_here, name):
    text = percept_adv_here("models", "describe", name).stdout
    record = json.loads(percept_adv_here("models", "describe", name, "--json").stdout)
    for key in ("licence", "source", "description"):
        assert f"{key}: {record[key]}" in text
    if record["kind"] == "model":
        assert f"top1: {record['accuracy'][0]['top1']}" in text
        assert f"height: {record['input']['height']}" in text


def test_describe_shows_a_pipeline_in_words(percept_adv_here, tmp_path):
    percept_adv_here("models", "export", "efficientnet-lite0", "-o", tmp_path / "model.onnx")
    processor = {"image_processor_type": "CLIPImageProcessor", "image_mean": [0.5, 0.4, 0.3]}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(processor))
    (tmp_path / "model.onnx").rename(tmp_path / "mine.onnx")
    content = (tmp_path / "mine.onnx").read_bytes()
    # Another file than the bundled one, whose contract the catalogue would know.
    (tmp_path / "mine.onnx").write_bytes(content + b"\x72\x00")
    text = percept_adv_here("models", "describe", tmp_path).stdout
    assert "3. resize so that the shorter edge has 224 pixels (bicubic, pillow)" in text
    assert "4. crop the centre of 224 x 224 pixels" in text
    assert "subtract the mean 0.5, 0.4, 0.3" in text
    by_name = percept_adv_here(
        "models", "describe", tmp_path, "--contract", "resnet50", "--std", "0.5", "--json"
    )
    steps = json.loads(by_name.stdout)["steps"]
    assert {"kind": "resize", "shortest_edge": 232} in steps
    assert [step["std"] for step in steps if step["kind"] == "normalise"] == [[0.5]]
    wrong = percept_adv_here("models", "describe", tmp_path, "--contract", "resnet51")
    assert wrong.returncode == 2
    assert "no such file, and no name that is known" in wrong.stderr


def test_describe_has_no_line_for_what_there_is_none_of(percept_adv_here, model_files):
    guessed = percept_adv_here("models", "describe", model_files["linear"]).stdout
    assert "notes:\n  1. input contract guessed" in guessed
    given = percept_adv_here("models", "describe", model_files["linear"], "--mean", 0).stdout
    assert "class_count: 3" in given
    assert "notes" not in given


def test_export_copies_a_model(percept_adv_here, tmp_path):
    output = tmp_path / "deep" / "mine.onnx"
    assert percept_adv_here("models", "export", "c4", "-o", output).returncode == 0
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    assert digest == bundled.describe("c4").sha256
    output.write_text("my own")
    assert "--overwrite" in percept_adv_here("models", "export", "c4", "-o", output).stderr
    assert output.read_text() == "my own"
    assert percept_adv_here("models", "export", "c4", "-o", output, "--overwrite").returncode == 0
    assert output.stat().st_size == bundled.path("c4").stat().st_size
    into = percept_adv_here("models", "export", "c4", "-o", tmp_path, "--json")
    assert json.loads(into.stdout)["files"] == [str(tmp_path / "c4.onnx")]


def test_export_copies_a_data_set(percept_adv_here, tmp_path):
    output = tmp_path / "digits"
    assert percept_adv_here("models", "export", "mnist-sample", "-o", output).returncode == 0
    source = bundled.dataset_path("mnist-sample")
    assert {path.name: path.read_bytes() for path in output.iterdir()} == {
        path.name: path.read_bytes() for path in source.iterdir()
    }


def test_unknown_names_and_unwritable_outputs(percept_adv_here, tmp_path):
    for command in (["describe", "resnet50"], ["export", "resnet50", "-o", tmp_path / "x"]):
        result = percept_adv_here("models", *command)
        assert result.returncode == 2
        assert "'resnet50'" in result.stderr
        assert "mnist-sample" in result.stderr
    (tmp_path / "file").write_text("")
    result = percept_adv_here("models", "export", "c4", "-o", tmp_path / "file" / "c4.onnx")
    assert result.returncode == 1
    assert "cannot write" in result.stderr
