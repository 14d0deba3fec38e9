"""``percept-adv attack --attack universal`` and ``--seed``, on digits."""

import csv
import json

import numpy as np
import onnx
import percept_adv_models
import pytest
from onnx import helper
from small_models import classifier_model

from percept_adv.images import read_image, write_png

DIGITS = percept_adv_models.dataset_path("mnist-sample")
COUNT = 6
UNIVERSAL = ["--attack", "universal", "-p", "eps=0.3", "-p", "rounds=2", "--quiet"]


@pytest.fixture
def digits(tmp_path):
    """A folder of digits, one of them in a folder of its own."""
    folder = tmp_path / "digits"
    for i, file in enumerate(sorted(DIGITS.glob("*.png"))[:COUNT]):
        target = folder / ("inner" if i == 0 else "") / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return folder


def pictures(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*.png")}


def test_all_images_get_one_perturbation_which_is_kept(digits, tmp_path, percept_adv_here):
    out = tmp_path / "out"
    command = ["attack", "c4", digits, "-o", out, *UNIVERSAL, "--labels", DIGITS / "labels.csv"]
    done = percept_adv_here(*command, "--json")
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == COUNT
    v = np.load(out / "universal_perturbation.npy")
    assert v.shape == (28, 28, 1)
    assert 0 < np.abs(v).max() <= 0.3 * (1 + 1e-6)
    truth = {row["file"]: row["label"] for row in csv.DictReader((DIGITS / "labels.csv").open())}
    for record in records:
        original, stored = (read_image(record[name]).pixels for name in ("file", "output"))
        assert record["label"] == int(truth[record["file"].split("/")[-1]])
        if not record["already_misclassified"] and not record["success"]:
            shifted = np.clip(original + v.reshape(original.shape), 0, 1)
            np.testing.assert_allclose(stored, shifted, atol=0.5 / 255 + 1e-6)
    assert any(record["success"] for record in records)
    kept = json.loads((out / "universal_perturbation.json").read_text())
    assert kept["made_by"]["parameters"]["seed"] == 0
    assert len(kept["costs"]) == COUNT
    for record in records:
        spent = kept["costs"][record["file"]]
        assert spent["seconds"] > 0
        for name in ("forward_count", "backward_count", "seconds"):
            assert record[name] >= spent[name]
        assert record["forward_count"] > spent["forward_count"] > 0

    # What was lost is made again with the same perturbation.
    before = pictures(out)
    lost = next(out.glob("*.png")).with_suffix(".json")
    told = json.loads(lost.read_text())
    lost.with_suffix(".png").unlink()
    again = percept_adv_here(*command)
    assert again.returncode == 0
    assert f"{COUNT - 1} existing outputs kept" in again.stderr
    assert "is used as it is" in again.stderr
    assert pictures(out) == before
    # The search is paid for once, by those who took part in it.
    assert json.loads(lost.read_text())["backward_count"] == told["backward_count"]

    record = out / "universal_perturbation.json"
    whole = record.read_text()
    for damaged in (whole[:50], "[]", "{}"):
        record.write_text(damaged)
        refused = percept_adv_here(*command)
        assert refused.returncode == 2
        assert "is no record of what made" in refused.stderr
        assert "Traceback" not in refused.stderr
    record.write_text(whole)

    other = percept_adv_here(*command, "--seed", 3)
    assert other.returncode == 2
    assert "seed was 0, now 3" in other.stderr
    assert percept_adv_here(*command, "--seed", 3, "--overwrite").returncode == 0
    assert not np.array_equal(np.load(out / "universal_perturbation.npy"), v)


def model_of_any_size(folder):
    """Write a model that compares three filters' mean responses."""
    filters = np.random.default_rng(1).standard_normal((3, 1, 3, 3)).astype(np.float32)
    model = classifier_model(
        [
            helper.make_node("Conv", ["image", "filters"], ["responses"], "convolve"),
            helper.make_node("Relu", ["responses"], ["strong"], "rectify"),
            helper.make_node("GlobalAveragePool", ["strong"], ["means"], "pool"),
            helper.make_node("Flatten", ["means"], ["scores"], "flatten"),
        ],
        constants=[("filters", filters)],
        size=("H", "W"),
    )
    onnx.save(model, folder / "any_size.onnx")
    return folder / "any_size.onnx"


def test_images_that_do_not_fit_are_named(tmp_path, percept_adv_here):
    folder, rng = tmp_path / "images", np.random.default_rng(0)
    for name in ("a", "b"):
        write_png(folder / f"{name}.png", rng.random((8, 9)))
    write_png(folder / "large.png", rng.random((12, 9)))
    (folder / "letter.png").write_text("no image")
    done = percept_adv_here(
        "attack", model_of_any_size(tmp_path), folder, "-o", tmp_path / "out", *UNIVERSAL
    )
    assert done.returncode == 1
    for name in ("large.png", "letter.png"):
        assert len([line for line in done.stderr.splitlines() if name in line]) == 1, done.stderr
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == {"a.png", "b.png"}


def test_what_cannot_be_done_is_told(digits, tmp_path, percept_adv_here):
    command = ["attack", "c4", digits, "-o", tmp_path / "out", *UNIVERSAL]
    table = tmp_path / "targets.csv"
    table.write_text("file,label\na.png,3\n")
    for option, value in (("--target", 3), ("--targets", table), ("--max-evaluations", 9)):
        refused = percept_adv_here(*command, option, value)
        assert refused.returncode == 2
        assert f"leave {option} out" in refused.stderr
    for more in (["--target", 3], ["-p", "nonsense=1"], ["-p", "eps=0"], ["--seed", -1]):
        assert percept_adv_here(*command, *more).returncode == 2
    (tmp_path / "letter.png").write_text("no image")
    done = percept_adv_here(
        "attack", "c4", tmp_path / "letter.png", "-o", tmp_path / "out", *UNIVERSAL
    )
    assert done.returncode == 1
    assert "no image can be used" in done.stderr
    told = percept_adv_here(
        "evaluate", "c4", "mnist-sample", "-o", tmp_path / "run", "--attacks", "universal"
    )
    assert told.returncode == 2
    assert "percept-adv attack --attack universal" in told.stderr


def test_random_starts_follow_the_seed(digits, tmp_path, percept_adv_here):
    """Balls too small for an adversarial image, so that restarts decide what comes back."""

    def made(name, *more):
        out = tmp_path / name
        done = percept_adv_here(
            "attack", "c4", digits, "-o", out, "--attack", "pgd2", "-p", "eps=0.3",
            "-p", "step_size=0.05", "-p", "iterations=1", "-p", "restarts=4", "--quiet", *more,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return pictures(out)

    first = made("first")
    assert made("again", "--batch-size", 2) == first
    assert made("explicit", "--seed", 0) == first
    assert made("other", "--seed", 1) != first
