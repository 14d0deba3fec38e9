"""``attack --export-step``: a step that plain onnxruntime runs, with the attack's own result."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SNIPPET = Path(__file__).parents[2] / "docs" / "snippets" / "exported" / "run_step.py"


@pytest.fixture
def digit(tmp_path):
    from percept_adv.images import write_png

    folder = tmp_path / "in"
    levels = np.clip(np.random.default_rng(5).normal(80, 80, (2, 28, 28)), 0, 255)
    for number, image in enumerate(levels):
        write_png(folder / f"{number}.png", image.round() / 255)
    return folder


def test_the_exported_step_finds_what_the_attack_finds(tmp_path, digit, percept_adv_here):
    step = tmp_path / "step.onnx"
    out = tmp_path / "out"
    options = ["--attack", "ddn", "-p", "iterations=20", "--engine", "graph", "--go-on"]
    done = percept_adv_here("attack", "c4", digit, "-o", out, *options, "--export-step", step)
    assert done.returncode == 0, done.stderr
    assert "one step of ddn is in" in done.stderr
    program = [sys.executable, SNIPPET, step, step.with_suffix(".npz")]
    told = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    records = [json.loads((out / f"{number}.json").read_text()) for number in (0, 1)]
    assert [record["success"] for record in records] == [True, True]
    assert told.startswith("2 of 2 adversarial after 20 steps")
    lengths = json.loads(told.splitlines()[1].removeprefix("L2 "))
    np.testing.assert_allclose(lengths, [record["l2"] for record in records], rtol=1e-4)
    assert np.load(tmp_path / "adversarial.npy").shape == (2, 28, 28, 1)


def test_an_existing_step_is_kept_and_no_graph_is_refused(tmp_path, digit, percept_adv_here):
    step = tmp_path / "step.onnx"
    step.write_bytes(b"mine")
    options = ["-o", tmp_path / "out", "--export-step", step, "--go-on"]
    done = percept_adv_here("attack", "c4", digit, *options, "--attack", "ddn")
    assert done.returncode != 0
    assert "stands in the way" in done.stderr
    assert step.read_bytes() == b"mine"
    options = ["-o", tmp_path / "out", "--engine", "graph", "--go-on"]
    done = percept_adv_here("attack", "c4", digit, *options, "--attack", "deepfool")
    assert done.returncode == 2
    assert "engine graph: this attack needs more of a step than one gradient" in done.stderr
    done = percept_adv_here("attack", "c4", digit, *options, "--attack", "universal")
    assert done.returncode == 2
    assert "learns from all images first" in done.stderr
