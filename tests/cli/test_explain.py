"""The command explain: its files, its page, what is kept and what is refused."""

import json

import numpy as np
import onnx
import percept_adv_models
import pytest

from percept_adv.images import read_image

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
    assert len(records) == 2
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


def test_the_explanation_as_a_graph(percept_adv_here, digits, tmp_path):
    graph = tmp_path / "explained.onnx"
    result = percept_adv_here(
        "explain", "c4", digits, "-o", tmp_path / "out", "--export", graph, "--quiet"
    )
    assert result.returncode == 0, result.stderr
    names = {value.name for value in onnx.load(graph).graph.output}
    assert "explanation" in names


def test_what_cannot_be_done_is_one_line(percept_adv_here, digits, tmp_path):
    out = tmp_path / "out"
    result = percept_adv_here("explain", "c4", digits, "-o", out, "--class", "10")
    assert result.returncode == 1
    assert "class 10: c4 has 10 classes" in result.stderr
    assert not list(out.glob("*.png")) if out.exists() else True
    result = percept_adv_here(
        "explain", "c4", digits, "-o", out, "--method", "smoothgrad", "--export", out / "g.onnx"
    )
    assert result.returncode != 0
    assert "no graph of its own" in result.stderr
