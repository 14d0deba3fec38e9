"""The installed command, and models and images to give to it."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import in_process
import numpy as np
import onnx
import percept_adv_models
import pytest
from evaluate_runs import ATTACKS, IMAGES
from onnx import helper
from small_models import classifier_model

from percept_adv.images import write_png

DIGITS = percept_adv_models.dataset_path("mnist-sample")
COMMAND = Path(sys.executable).with_name("percept-adv")


@pytest.fixture(scope="session")
def percept_adv(compiled):  # noqa: ARG001 (a session's fixture takes others as arguments)
    """Run ``percept-adv ARGUMENT...`` as a user does."""

    def run(*arguments):
        return subprocess.run(
            [COMMAND, *map(str, arguments)],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return run


@pytest.fixture
def percept_adv_here(compiled):  # noqa: ARG001
    """The same in this process."""
    return in_process.percept_adv


@pytest.fixture(scope="session")
def command_path():
    """The installed command itself."""
    return COMMAND


@pytest.fixture
def image_pair(tmp_path):
    """Write an image and a perturbed copy of the given shape; return both paths."""

    def write(shape=(20, 24, 3), stem="image"):
        random = np.random.default_rng(0)
        levels = random.integers(40, 200, shape, dtype=np.uint8)
        change = random.integers(-12, 13, shape)
        paths = tmp_path / f"{stem}.png", tmp_path / f"{stem}_perturbed.png"
        write_png(paths[0], levels)
        write_png(paths[1], (levels + change).astype(np.uint8))
        return paths

    return write


_WEIGHTS = np.random.default_rng(3).standard_normal((16, 3)).astype(np.float32)
_FLATTEN = helper.make_node("Flatten", ["image"], ["flat"], "flatten")
_MATMUL = helper.make_node("MatMul", ["flat", "w"], ["scores"], "classify")


@pytest.fixture(scope="session")
def model_files(tmp_path_factory):
    """Small models, good and bad, by what is special about them."""
    folder = tmp_path_factory.mktemp("models")
    weights = [("w", _WEIGHTS)]
    models = {
        "linear": classifier_model([_FLATTEN, _MATMUL], constants=weights),
        "custom": classifier_model(
            [
                helper.make_node("Blur", ["image"], ["blurred"], "blur_1", domain="acme"),
                helper.make_node("Sharpen", ["blurred"], ["sharp"], "sharpen_2", domain="acme"),
                helper.make_node("Flatten", ["sharp"], ["flat"], "flatten"),
                _MATMUL,
            ],
            constants=weights,
        ),
        "probabilities": classifier_model(
            [
                _FLATTEN,
                helper.make_node("MatMul", ["flat", "w"], ["logits"], "classify"),
                helper.make_node("Softmax", ["logits"], ["scores"], "softmax"),
            ],
            constants=weights,
        ),
        "two_inputs": classifier_model(
            [
                helper.make_node("Add", ["image", "depth"], ["sum"], "add"),
                helper.make_node("Flatten", ["sum"], ["flat"], "flatten"),
                _MATMUL,
            ],
            inputs=("image", "depth"),
            constants=weights,
        ),
    }
    paths = {name: folder / f"{name}.onnx" for name in models}
    for name, model in models.items():
        onnx.save(model, paths[name])
    paths["truncated"] = folder / "truncated.onnx"
    paths["truncated"].write_bytes(paths["linear"].read_bytes()[:150])
    paths["no_model"] = folder / "no_model.onnx"
    paths["no_model"].write_text("this is a letter, not a network\n")
    return paths


@pytest.fixture(scope="session")
def linear_weights():
    """(16, 3): the logits of the models are the flattened image times these."""
    return _WEIGHTS


@pytest.fixture(scope="session")
def six_digits(tmp_path_factory):
    """Six digits, the last of them with a wrong label."""
    folder = tmp_path_factory.mktemp("digits")
    rows = list(csv.DictReader((DIGITS / "labels.csv").open()))[:IMAGES]
    rows[-1]["label"] = str((int(rows[-1]["label"]) + 1) % 10)
    for row in rows:
        shutil.copy(DIGITS / row["file"], folder)
    lines = [f"{row['file']},{row['label']}" for row in rows]
    (folder / "labels.csv").write_text("\n".join(["file,label", *lines]))
    return folder


@pytest.fixture(scope="session")
def whole_run(six_digits, tmp_path_factory, compiled):  # noqa: ARG001
    """A run that nothing has interrupted, and a copy of the model that is gone afterwards."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(percept_adv_models.path("c4"), folder / "c4.onnx")
    done = in_process.percept_adv(
        "evaluate", folder / "c4.onnx", six_digits, "-o", folder / "run", *ATTACKS
    )
    assert done.returncode == 0, done.stderr
    assert "P_suc" in done.stdout
    (folder / "c4.onnx").unlink()
    return folder / "run"
