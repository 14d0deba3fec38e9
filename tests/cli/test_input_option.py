"""The option --input: models that take metadata beside the image."""

import json

import numpy as np
import onnx
import pytest
from onnx import helper
from small_models import classifier_model

from percept_adv.evaluation import RunStore
from percept_adv.images import write_png

WEIGHTS = np.random.default_rng(3).standard_normal((16, 3)).astype(np.float32)


@pytest.fixture
def model(tmp_path):
    """Scores of grey images of 4 x 4, to which the sum of a second image is added."""
    made = classifier_model(
        [
            helper.make_node("Mul", ["image", "gain"], ["gained"], "gain"),
            helper.make_node("Flatten", ["gained"], ["flat"], "flatten"),
            helper.make_node("MatMul", ["flat", "w"], ["scores"], "classify"),
        ],
        inputs=("image",),
        constants=[("w", WEIGHTS)],
    )
    gain = helper.make_tensor_value_info("gain", onnx.TensorProto.FLOAT, ["N", 1, 1, 1])
    # A second input of four dimensions: only the option tells which one is the image.
    made.graph.input.append(gain)
    onnx.save(made, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    lines = ["file,label"]
    for number in range(3):
        levels = np.random.default_rng(number).integers(60, 190, (4, 4), dtype=np.uint8)
        write_png(folder / f"{number}.png", levels)
        label = int((3 * levels.reshape(-1) / 255 @ WEIGHTS).argmax())
        lines.append(f"{number}.png,{label}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_describe_says_which_are_missing(percept_adv_here, model):
    missing = percept_adv_here("models", "describe", model, "--input-name", "image")
    assert missing.returncode == 4
    assert missing.stderr.count("\n") == 1
    assert "takes 'gain' (float32 [N, 1, 1, 1]) besides the image 'image'" in missing.stderr
    assert "--input NAME=VALUE" in missing.stderr
    found = percept_adv_here("models", "describe", model, "--input", "gain=3", "--json")
    assert json.loads(found.stdout)["inputs"] == {"gain": 3.0}


def test_attack_records_it(percept_adv_here, model, dataset, tmp_path):
    np.save(tmp_path / "gain.npy", np.full((1, 1, 1), 3, np.float32))
    arguments = ("attack", model, dataset / "0.png", "-o", tmp_path / "out", "--attack", "ddn")
    done = percept_adv_here(*arguments, "--input", f"gain={tmp_path / 'gain.npy'}", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["success"]
    assert record["made_by"]["parameters"]["inputs"] == {"gain": [[[3.0]]]}
    other = percept_adv_here(*arguments, "--input", "gain=2")
    assert other.returncode == 1
    assert "--overwrite" in other.stderr


def test_evaluate_records_it(percept_adv_here, model, dataset, tmp_path):
    arguments = ("evaluate", model, dataset, "-o", tmp_path / "run", "--attacks", "fgsm")
    done = percept_adv_here(*arguments, "--eps", "fgsm=0.3", "--limit", 1, "--input", "gain=3")
    assert done.returncode == 0, done.stderr
    assert RunStore.open(tmp_path / "run").configuration.contract["inputs"] == {"gain": 3.0}
    again = percept_adv_here(*arguments, "--eps", "fgsm=0.3", "--input", "gain=2")
    assert again.returncode == 2
    assert "inputs is {'gain': 2.0}, not {'gain': 3.0}" in again.stderr


def test_gradient_and_explain_hold_it(percept_adv_here, model, dataset, tmp_path):
    graph = tmp_path / "gradient.onnx"
    done = percept_adv_here("gradient", model, "-o", graph, "--input", "gain=3", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["inputs"] == ["image", "cotangent"]
    checked = percept_adv_here("gradient", model, "--check", "--input", "gain=3")
    assert "gradient   possible" in checked.stdout
    explained = percept_adv_here(
        "explain", model, dataset, "-o", tmp_path / "explained", "--method", "saliency",
        "--input", "gain=3", "--export", tmp_path / "map.onnx",
    )  # fmt: skip
    assert explained.returncode == 0, explained.stderr
    names = [value.name for value in onnx.load(tmp_path / "map.onnx").graph.input]
    assert "gain" not in names


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("gain", "give NAME=VALUE"),
        ("gain=much", "'much': give a number"),
        ("gain=none.npy", "none.npy: cannot be read"),
        ("gian=3", "no input 'gian'"),
        ("gain=1,2", "does not fit the input 'gain'"),
    ],
)
def test_what_cannot_be_given(percept_adv_here, model, given, told):
    done = percept_adv_here("models", "describe", model, "--input", given)
    assert done.returncode in {1, 2, 4}
    assert told in done.stderr
