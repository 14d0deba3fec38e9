"""The command explain: its files, its page, what is kept and what is refused."""

import json

import numpy as np
import onnx
import percept_adv_models
import pytest

from percept_adv.explanation import METHODS
from percept_adv.images import read_image, write_png
from percept_adv.runtime import Session

DIGITS = percept_adv_models.path("c4").parent / "data" / "mnist"


@pytest.fixture
def digits(tmp_path):
    folder = tmp_path / "digits"
    folder.mkdir()
    for file in sorted(DIGITS.glob("*.png"))[:2]:
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize("method", ["saliency", "grad_cam"])
def test_overlays_floats_records_and_a_page(percept_adv_here, digits, tmp_path, method):
    out = tmp_path / "out"
    arguments = ("explain", "c4", digits, "-o", out, "--method", method, "--json")
    result = percept_adv_here(*arguments)
    assert result.returncode == 0, result.stderr
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["status"] for record in records] == ["written"] * 2
    for file in sorted(digits.iterdir()):
        assert read_image(out / file.name).samples.shape == (28, 28, 3)
        values = np.load((out / file.name).with_suffix(".npy"))
        assert values.shape[:2] == (28, 28)
        assert (values >= 0).all()
        assert values.any()
    page = (out / "index.html").read_text()
    assert page.count("data:image/png") == 2
    again = percept_adv_here(*arguments)
    assert again.returncode == 0
    assert "2 existing outputs kept" in again.stderr
    assert (out / "index.html").read_text().count("data:image/png") == 2
    other = percept_adv_here(*arguments, "--class", "3")
    assert other.returncode == 1
    assert "--overwrite" in other.stderr


@pytest.mark.parametrize("method", METHODS)
def test_the_explanation_as_a_graph(percept_adv_here, digits, tmp_path, method):
    graph, out = tmp_path / "explained.onnx", tmp_path / "out"
    arguments = ("explain", "c4", digits, "-o", out, "--method", method, "--export", graph)
    arguments += ("--class", 3, "--samples", 5, "--quiet", "--steps")
    result = percept_adv_here(*arguments, 5)
    assert result.returncode == 0, result.stderr
    (file, *_) = sorted(digits.iterdir())
    image = read_image(file).as_float(np.float32).reshape(1, 1, 28, 28)
    onnx.checker.check_model(str(graph))
    found = Session(graph).run({"images": image, "label": np.array([3])}, ["explanation"])[0]
    assert found.any()
    expected = np.load((out / file.name).with_suffix(".npy"))
    if method in {"saliency", "integrated_gradients"}:
        np.testing.assert_allclose(found[0, 0], expected[..., 0], rtol=1e-3, atol=1e-5)


def test_an_existing_graph_is_kept_or_refused(percept_adv_here, digits, tmp_path):
    graph = tmp_path / "explained.onnx"
    graph.write_bytes(b"mine")
    arguments = ("explain", "c4", digits, "-o", tmp_path / "out", "--export", graph, "--quiet")
    refused = percept_adv_here(*arguments)
    assert refused.returncode == 2
    assert "no record says what made it" in refused.stderr
    assert graph.read_bytes() == b"mine"
    assert not (tmp_path / "out").exists()
    assert percept_adv_here(*arguments, "--overwrite").returncode == 0
    made = graph.stat().st_mtime_ns
    assert f"1 existing output kept ({graph})" in percept_adv_here(*arguments).stderr
    assert graph.stat().st_mtime_ns == made


def test_what_is_known_of_an_image_is_told(percept_adv_here, tmp_path):
    colour = tmp_path / "colour.png"
    write_png(colour, np.full((28, 28, 3), 0.5))
    for status in ("written", "kept"):
        done = percept_adv_here("explain", "c4", colour, "-o", tmp_path / "out", "--json")
        assert f"note: {colour}: colour image given to a grey model" in done.stderr
        assert json.loads(done.stdout)["status"] == status


def test_what_cannot_be_done_is_one_line(percept_adv_here, digits, tmp_path):
    out = tmp_path / "out"
    result = percept_adv_here("explain", "c4", digits, "-o", out, "--class", "10")
    assert result.returncode == 1
    assert "class 10: c4 has 10 classes" in result.stderr
    assert not list(out.glob("*.png")) if out.exists() else True
    place = percept_adv_here("explain", "c4", digits, "-o", out, "--at", "file")
    assert place.returncode == 2
    assert "leave --at file out" in place.stderr
