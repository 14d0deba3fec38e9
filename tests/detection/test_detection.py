"""Scores of a linear model, whose boundary is known, and what calibration says of them."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from percept_adv import detection
from percept_adv.classifier import Classifier
from percept_adv.detection import SCORES, Calibration, Subject, identity_of, score_file
from percept_adv.errors import InputError, ParameterError
from percept_adv.images import write_png

SIZE = 12


@pytest.fixture(scope="module")
def weights():
    return np.random.default_rng(0).normal(0, 1, (3 * SIZE * SIZE, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def model_path(weights, tmp_path_factory):
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["scores"]),
        ],
        "linear",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 4])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    path = tmp_path_factory.mktemp("model") / "linear.onnx"
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def classifier(model_path):
    return Classifier(model_path, provider="cpu")


def photographs(folder, count):
    random = np.random.default_rng(1)
    for place in range(count):
        write_png(folder / f"{place:02}.png", random.random((SIZE, SIZE, 3)))
    return sorted(folder.iterdir())


def test_the_boundary_of_a_linear_model_is_where_it_is(classifier, weights):
    image = np.random.default_rng(2).random((SIZE, SIZE, 3), dtype=np.float32)
    subject = Subject(classifier, image)
    scores = np.moveaxis(image, -1, 0).ravel() @ weights
    first, second = np.argsort(-scores)[:2]
    margin = scores[first] - scores[second]
    distance = margin / np.linalg.norm(weights[:, first] - weights[:, second])
    assert SCORES["margin"].compute(subject) == pytest.approx(margin, rel=1e-4)
    assert SCORES["boundary_distance"].compute(subject) == pytest.approx(distance, rel=1e-4)
    # A real attack, stored in 8 bits, cannot be nearer than the nearest boundary.
    nearest = min(
        (scores[first] - scores[k]) / np.linalg.norm(weights[:, first] - weights[:, k])
        for k in range(4)
        if k != first
    )
    assert SCORES["second_attack"].compute(subject) >= nearest * 0.99


def test_changes_are_nought_where_the_image_does_not_change(classifier):
    flat = np.full((SIZE, SIZE, 3), 128 / 255, np.float32)
    subject = Subject(classifier, flat)
    for name in ("bilateral_change", "resizing_change", "smoothing_change"):
        assert SCORES[name].compute(subject) == pytest.approx(0, abs=1e-4)


def test_every_score_is_finite_on_every_image(classifier, tmp_path):
    for path in photographs(tmp_path, 3):
        scores = score_file(classifier, path)
        assert set(scores) == set(SCORES)
        assert np.isfinite(list(scores.values())).all()


def test_quantiles_are_shares_of_clean_images_as_unusual_or_more():
    values = {"margin": [1.0, 2.0, 3.0, 4.0], "jpeg_change": [0.1, 0.2, 0.2, 0.9]}
    calibration = Calibration({}, values)
    assert calibration.quantiles({"margin": 0.5}) == {"margin": 1 / 5}
    assert calibration.quantiles({"margin": 2.0}) == {"margin": 3 / 5}
    assert calibration.quantiles({"margin": 9.0}) == {"margin": 1.0}
    assert calibration.quantiles({"jpeg_change": 0.2}) == {"jpeg_change": 4 / 5}
    assert calibration.quantiles({"jpeg_change": 1.0, "other": 0}) == {"jpeg_change": 1 / 5}
    assert "4 clean images" in calibration.note
    assert Calibration({}, {"margin": [0.0] * 50}).note is None


def test_quantiles_of_clean_images_are_uniform_or_larger():
    """A conformal p-value: of images like the clean ones at most a share q lies at or below q."""
    random = np.random.default_rng(3)
    found = []
    for _ in range(300):
        *clean, other = random.normal(size=20)
        calibration = Calibration({}, {"margin": sorted(clean)})
        found.append(calibration.quantiles({"margin": other})["margin"])
    for q in (0.1, 0.25, 0.5):
        assert np.mean(np.array(found) <= q) <= q + 0.06


def test_a_calibration_is_kept_and_known_to_be_of_its_model(classifier, tmp_path):
    files = photographs(tmp_path / "clean", 3)
    broken = tmp_path / "clean" / "broken.png"
    broken.write_bytes(b"no image")
    failures = []
    calibration = Calibration.of(
        classifier, [*files, broken], failed=lambda path, _: failures.append(path)
    )
    assert failures == [broken]
    assert calibration.count == 3
    kept = tmp_path / "calibration.json"
    kept.write_text(calibration.to_json())
    again = Calibration.read(kept)
    assert again == calibration
    again.check_model(classifier)
    other = {**identity_of(classifier), "sha256": "0" * 64}
    with pytest.raises(ParameterError, match="another model"):
        Calibration(other, calibration.values).check_model(classifier)
    with pytest.raises(InputError, match="none of the clean images"):
        Calibration.of(classifier, [broken], failed=lambda *_: None)


def test_a_calibration_opens_its_model_as_it_was(model_path, tmp_path):
    files = photographs(tmp_path / "clean", 3)
    contract = {"mean": 0.4, "std": 0.2, "channel_order": "BGR"}
    given = Classifier(model_path, preprocessing=contract, decision="topk:2", provider="cpu")
    calibration = Calibration.of(given, files, failed=lambda *_: None)
    opened = calibration.open_model(model_path, provider="cpu")
    assert identity_of(opened) == identity_of(given)
    assert score_file(opened, files[0]) == score_file(given, files[0])
    with pytest.raises(ParameterError, match="another model"):
        Calibration({**calibration.model, "sha256": "0" * 64}, {}).open_model(model_path)


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", '{"format": "percept-adv calibration 1"}', '"x"',
        '{"format": "percept-adv calibration 9", "model": {}, "values": {}}',
        '{"format": "percept-adv calibration 1", "model": {}, "values": {"margin": [NaN]}}',
        '{"format": "percept-adv calibration 1", "model": {}, "values": {"margin": ["x"]}}',
        '{"format": "percept-adv calibration 1", "model": {}, "values": {"margin": []}}',
    ],
)  # fmt: skip
def test_a_damaged_calibration_is_said(tmp_path, content):
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(InputError, match="no calibration"):
        Calibration.read(path)


def test_the_commands_tell_quantiles_and_rank_by_the_smallest(
    percept_adv_here, model_path, tmp_path
):
    files = photographs(tmp_path / "clean", 4)
    kept = tmp_path / "calibration.json"
    contract = ["--mean", "0.4", "--std", "0.2", "--quiet"]
    done = percept_adv_here("calibrate", model_path, tmp_path / "clean", "-o", kept, *contract)
    assert done.returncode == 0, done.stderr
    assert "4 clean images" in done.stderr
    made = kept.read_bytes()
    again = percept_adv_here("calibrate", model_path, *files, "-o", kept, *contract)
    assert again.returncode == 0
    assert "existing output kept" in again.stderr
    for arguments, reason in (
        ([*files[:2], *contract], "another set of clean images"),
        ([*files, "--quiet"], "pipeline was"),
    ):
        other = percept_adv_here("calibrate", model_path, *arguments, "-o", kept)
        assert other.returncode == 2
        assert reason in other.stderr
    assert kept.read_bytes() == made
    options = ["--model", model_path, "--calibration", kept, "--json", "--rank", "--html"]
    done = percept_adv_here("magnify", *files, "-o", tmp_path / "out", *options, "--quiet")
    assert done.returncode == 0, done.stderr
    *records, ranking = map(json.loads, done.stdout.splitlines())
    for record in records:
        assert set(record["quantiles"]) == set(SCORES)
        assert record["smallest_quantile"] == min(record["quantiles"].values())
    assert ranking["by"] == "smallest_quantile"
    ordered = [entry["smallest_quantile"] for entry in ranking["ranking"]]
    assert ordered == sorted(ordered)
    assert "No verdict" in ranking["note"]
    page = (tmp_path / "out" / "index.html").read_text()
    assert '"sort":"smallest_quantile"' in page
    alone = percept_adv_here("magnify", *files, "-o", tmp_path / "x", "--model", model_path)
    assert alone.returncode == 2
    assert "--calibration" in alone.stderr


def test_a_calibration_goes_on_where_it_was_interrupted(
    percept_adv_here, model_path, tmp_path, monkeypatch
):
    photographs(tmp_path / "clean", 5)
    out = tmp_path / "new" / "calibration.json"
    command = ["calibrate", model_path, tmp_path / "clean", "-o", out, "--quiet"]
    expected = tmp_path / "whole.json"
    assert percept_adv_here(*command[:4], expected, "--quiet").returncode == 0
    scored, score = [], detection.score_file

    def interrupted(classifier, path):
        scored.append(path.name)
        if len(scored) == 3:
            raise KeyboardInterrupt
        return score(classifier, path)

    monkeypatch.setattr(detection, "score_file", interrupted)
    assert percept_adv_here(*command).returncode == 130
    assert not out.exists()
    partial = out.with_name("calibration.json.partial")
    partial.write_text(partial.read_text() + '\n["cut o')
    done = percept_adv_here(*command)
    assert done.returncode == 0, done.stderr
    assert "2 images have been scored before" in done.stderr
    assert len(scored) == 6
    assert json.loads(out.read_text())["values"] == json.loads(expected.read_text())["values"]
    assert not partial.exists()


def test_scores_of_another_contract_are_not_taken(percept_adv_here, model_path, tmp_path):
    photographs(tmp_path / "clean", 2)
    out = tmp_path / "calibration.json"
    partial = out.with_name("calibration.json.partial")
    command = ["calibrate", model_path, tmp_path / "clean", "-o", out, "--quiet"]
    partial.write_text("a diary")
    refused = percept_adv_here(*command)
    assert refused.returncode == 1
    assert "stands in the way" in refused.stderr
    assert partial.read_text() == "a diary"
    partial.write_text('{"model": "another"}\n["0", {"margin": 7}]')
    done = percept_adv_here(*command)
    assert done.returncode == 0
    assert "before an interruption" not in done.stderr
