"""``attack --export-step``: a step that plain onnxruntime runs, with the attack's own result."""

import json

import numpy as np
import onnxruntime
import pytest


@pytest.fixture
def digit(tmp_path):
    from percept_adv.images import write_png

    folder = tmp_path / "in"
    levels = np.clip(np.random.default_rng(5).normal(80, 80, (2, 28, 28)), 0, 255)
    for number, image in enumerate(levels):
        write_png(folder / f"{number}.png", image.round() / 255)
    return folder


def run_steps(model, inputs, count):
    """What the page on GPUs shows: onnxruntime and NumPy alone."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    feeds = dict(np.load(inputs))
    names = [output.name for output in session.get_outputs()]
    for _ in range(count):
        results = dict(zip(names, session.run(names, feeds), strict=True))
        for name in feeds:
            if name.startswith("state/"):
                feeds[name] = results["next/" + name.removeprefix("state/")]
        if results["over"].all():
            break
    return results


def test_the_exported_step_finds_what_the_attack_finds(tmp_path, digit, percept_adv_here):
    step = tmp_path / "step.onnx"
    out = tmp_path / "out"
    options = ["--attack", "ddn", "-p", "iterations=20", "--engine", "graph", "--go-on"]
    done = percept_adv_here("attack", "c4", digit, "-o", out, *options, "--export-step", step)
    assert done.returncode == 0, done.stderr
    assert "one step of ddn is in" in done.stderr
    results = run_steps(step, step.with_suffix(".npz"), 100)
    records = [json.loads((out / f"{number}.json").read_text()) for number in (0, 1)]
    assert results["found"].tolist() == [record["success"] for record in records] == [True, True]
    np.testing.assert_allclose(results["l2"], [record["l2"] for record in records], rtol=1e-4)


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
