"""The commands on a model whose input is flat, (N, 784)."""

import json
import shutil

import numpy as np
import percept_adv_models
from linear_models import flat_model

from percept_adv.images import read_image


def test_the_commands_take_a_flat_model(percept_adv_here, tmp_path):
    digits = sorted(percept_adv_models.dataset_path("mnist-sample").glob("*.png"))[:3]
    folder = tmp_path / "digits"
    folder.mkdir()
    for digit in digits:
        shutil.copy(digit, folder)
    matrix = np.random.default_rng(0).normal(size=(10, 28 * 28))
    model = flat_model(tmp_path / "flat.onnx", matrix)
    out = tmp_path / "out"
    done = percept_adv_here("attack", model, folder, "-o", out, "--attack", "ddn", "--json")
    assert done.returncode == 0, done.stderr
    assert "784 values are taken as images of 28 x 28 pixels" in done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == 3
    for record in records:
        row = read_image(out / record["output"]).pixels.reshape(-1)
        assert (matrix @ row).argmax() == record["label_after"] != record["label"]
    refused = percept_adv_here(
        "attack", model, folder, "-o", tmp_path / "no", "--attack", "ddn", "--height", 27
    )
    assert refused.returncode == 2
    assert "784 values in one row, height 27" in refused.stderr
    checked = percept_adv_here("gradient", model, "--check")
    assert checked.returncode == 0, checked.stderr
    assert "axes NCHW, flattened" in checked.stdout
