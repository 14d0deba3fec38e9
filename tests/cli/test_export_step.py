"""``attack --export-step``: a step that plain onnxruntime runs, with the attack's own result."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from percept_adv.images import write_png

SNIPPET = Path(__file__).parents[2] / "docs" / "snippets" / "exported" / "run_step.py"


@pytest.fixture
def digit(tmp_path):
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
    options = ["-o", tmp_path / "out", "--export-step", step, "--go-on", "--attack", "ddn"]
    done = percept_adv_here("attack", "c4", digit, *options)
    assert done.returncode == 2
    assert "no record says what made it" in done.stderr
    assert step.read_bytes() == b"mine"
    done = percept_adv_here("attack", "c4", digit, *options, "--overwrite")
    assert done.returncode == 0, done.stderr
    made = step.stat().st_mtime_ns
    done = percept_adv_here("attack", "c4", digit, *options)
    assert f"1 existing output kept ({step})" in done.stderr
    done = percept_adv_here("attack", "c4", digit, *options, "-p", "iterations=7")
    assert "iterations was 100, now 7" in done.stderr
    assert step.stat().st_mtime_ns == made
    options = ["-o", tmp_path / "out2", "--engine", "graph", "--go-on"]
    done = percept_adv_here("attack", "c4", digit, *options, "--attack", "deepfool")
    assert done.returncode == 2
    assert "engine graph: this attack needs more of a step than one gradient" in done.stderr
    done = percept_adv_here("attack", "c4", digit, *options, "--attack", "universal")
    assert done.returncode == 2
    assert "learns from all images first" in done.stderr
    assert not (tmp_path / "out2").exists()
    options = ["-o", tmp_path / "out2", "--export-step", tmp_path / "step.bin"]
    done = percept_adv_here("attack", "c4", digit, *options)
    assert done.returncode == 2
    assert "ends in .onnx" in done.stderr


def test_a_file_too_large_for_a_graph_fails_alone(tmp_path, percept_adv_here):
    folder, contract = tmp_path / "in", tmp_path / "contract.toml"
    rng = np.random.default_rng(5)
    write_png(folder / "small.png", rng.integers(0, 256, (40, 40), np.uint8))
    write_png(folder / "large.png", rng.integers(0, 256, (1300, 1300), np.uint8))
    steps = ['kind = "colour_mode"\nmode = "grey"', 'kind = "resize"\nsize = [28, 28]']
    steps.append('kind = "rescale"')
    contract.write_text("\n".join(f"[[steps]]\n{step}" for step in steps))
    options = ["--attack", "ddn", "-p", "iterations=10", "--engine", "graph", "--go-on"]
    options += ["--contract", contract, "-o", tmp_path / "out"]
    done = percept_adv_here("attack", "c4", folder, *options)
    assert done.returncode == 1, done.stderr
    assert "large.png: engine graph: files of this size" in done.stderr
    assert (tmp_path / "out" / "small.png").exists()
    assert not (tmp_path / "out" / "large.png").exists()


def test_what_has_to_survive_is_no_graph(tmp_path, digit, percept_adv_here):
    options = ["-o", tmp_path / "out", "--engine", "graph", "--through", "blur:0.5", "--go-on"]
    done = percept_adv_here("attack", "c4", digit, *options, "--attack", "ddn")
    assert done.returncode == 2
    assert "transformations to survive, are no single graph" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_step_that_cannot_be_written_leaves_nothing(tmp_path, digit, percept_adv_here):
    (tmp_path / "file").write_text("no folder")
    step = tmp_path / "file" / "step.onnx"
    options = ["-o", tmp_path / "out", "--export-step", step, "--go-on", "--attack", "ddn"]
    done = percept_adv_here("attack", "c4", digit, *options)
    assert done.returncode == 1
    assert f"a file stands where {step.parent}" in done.stderr
