"""``percept-adv attack``, on digits and on everything that can be wrong."""

import csv
import json
import re
import shutil
import signal
import subprocess
import time

import numpy as np
import onnx
import percept_adv_models
import pytest
from onnx import helper
from small_models import classifier_model

from percept_adv import Classifier
from percept_adv.images import read_image, write_png

FAST = ["-p", "iterations=15", "-p", "search_steps=2", "-p", "initial_c=50"]
DIGITS = percept_adv_models.dataset_path("mnist-sample")


@pytest.fixture
def digits(tmp_path):
    """A folder of four digits, one of them in a folder of its own."""
    folder = tmp_path / "digits"
    for i, file in enumerate(sorted(DIGITS.glob("*.png"))[:4]):
        target = folder / ("inner" if i == 3 else "") / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize("attack", ["cw", "scw"])
def test_what_lies_on_the_disk_is_adversarial(attack, digits, tmp_path, percept_adv_here):
    out = tmp_path / "out"
    smooth = ["-p", "alpha=0.95"] if attack == "scw" else []
    settings = ["-p", "iterations=60", "-p", "search_steps=2", "-p", "initial_c=50", *smooth]
    done = percept_adv_here(
        "attack", "c4", digits, "-o", out, "--attack", attack, "--json", *settings
    )
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == 4
    assert (out / "inner").is_dir()
    classifier = Classifier("c4")
    for record in records:
        original, stored = (read_image(record[name]).pixels[None] for name in ("file", "output"))
        assert classifier.predict(stored)[0] == record["label_after"]
        assert classifier.predict(original)[0] == record["label"] == record["label_before"]
        assert record["success"] == (record["label_after"] != record["label"])
        distance = float(np.linalg.norm(stored - original))
        assert record["stored_l2"] == pytest.approx(distance, rel=1e-6)
        beside = json.loads((out / record["output"]).with_suffix(".json").read_text())
        assert {**beside, "status": "written"} == record
    assert sum(record["success"] for record in records) >= 3


def test_existing_results_are_kept_and_overwritten_on_demand(digits, tmp_path, percept_adv_here):
    out = tmp_path / "out"
    command = ["attack", "c4", digits, "-o", out, "--attack", "cw", "--quiet", *FAST]
    assert percept_adv_here(*command).returncode == 0
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    done = percept_adv_here(*command)
    assert done.returncode == 0
    assert "4 existing outputs kept" in done.stderr
    assert " of 4 images adversarial as stored" in done.stderr
    assert times == {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    other = percept_adv_here(*command, "-p", "initial_c=3")
    assert other.returncode == 1
    assert "3 more stand in the way" in other.stderr
    assert "initial_c was 50, now 3" in other.stderr
    assert times == {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    assert percept_adv_here(*command, "--overwrite").returncode == 0
    assert all(path.stat().st_mtime_ns > before for path, before in times.items())


def test_labels_come_from_a_file(digits, tmp_path, percept_adv_here):
    table = tmp_path / "labels.csv"
    names = [path.name for path in sorted(digits.rglob("*.png"))]
    truth = {
        row["file"]: int(row["label"]) for row in csv.DictReader((DIGITS / "labels.csv").open())
    }
    wrong = (truth[names[0]] + 1) % 10
    lines = [f"{names[0]},{wrong}", *(f"{name},{truth[name]}" for name in names[1:3])]
    table.write_text("file,label\n" + "\n".join(lines))
    done = percept_adv_here(
        "attack", "c4", digits, "-o", tmp_path / "out", "--attack", "cw",
        "--labels", table, "--json", *FAST,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{names[3]} has no label" in done.stderr
    records = {
        json.loads(line)["file"].split("/")[-1]: json.loads(line)
        for line in done.stdout.splitlines()
    }
    assert records[names[0]]["already_misclassified"]
    assert records[names[0]]["backward_count"] == 0
    assert not records[names[1]]["already_misclassified"]
    assert "1 misclassified without attack" in done.stderr


def test_a_targeted_attack_reaches_its_class(digits, tmp_path, percept_adv_here):
    done = percept_adv_here(
        "attack", "c4", digits, "-o", tmp_path / "out", "--attack", "cw", "--target", 8,
        "--json", "-p", "iterations=40", "-p", "search_steps=3", "-p", "initial_c=50",
    )  # fmt: skip
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records
    for record in records:
        assert record["target"] == 8
        assert record["success"] == (record["label_after"] == 8)
    assert any(record["success"] for record in records)


def test_each_image_has_a_target_of_its_own(digits, tmp_path, percept_adv_here):
    names = [path.name for path in sorted(digits.rglob("*.png"))]
    truth = {
        row["file"]: int(row["label"]) for row in csv.DictReader((DIGITS / "labels.csv").open())
    }
    wanted = {names[0]: (truth[names[0]] + 1) % 10, names[1]: 8, names[2]: truth[names[2]]}
    table = tmp_path / "targets.csv"
    table.write_text("file,label\n" + "".join(f"{file},{goal}\n" for file, goal in wanted.items()))
    done = percept_adv_here(
        "attack", "c4", digits, "-o", tmp_path / "out", "--attack", "cw", "--targets", table,
        "--json", "-p", "iterations=60", "-p", "search_steps=3", "-p", "initial_c=50",
    )  # fmt: skip
    assert done.returncode == 1
    assert f"{names[3]} has no target" in done.stderr
    assert "its class is the target already" in done.stderr
    records = {
        json.loads(line)["file"].split("/")[-1]: json.loads(line)
        for line in done.stdout.splitlines()
    }
    assert set(records) == set(names[:2])
    for name, record in records.items():
        assert record["target"] == wanted[name]
        assert record["success"] == (record["label_after"] == wanted[name])
    assert any(record["success"] for record in records.values())


def test_an_image_in_its_target_already_is_named(tmp_path, percept_adv_here):
    image = DIGITS / "00000.png"
    done = percept_adv_here(
        "attack", "c4", image, "-o", tmp_path / "out", "--attack", "fgsm", "--target", 7, "--quiet"
    )
    assert done.returncode == 1
    assert done.stderr == f"percept-adv: {image}: its class is the target already\n"


def test_an_attack_that_fools_nothing_has_no_mean(tmp_path, percept_adv_here):
    done = percept_adv_here(
        "attack", "c4", DIGITS / "00000.png", "-o", tmp_path / "out", "--attack", "fgsm",
        "-p", "eps=0.01", "--quiet",
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stderr.startswith("percept-adv: fgsm: 0 of 1 images adversarial as stored, ")
    assert "nan" not in done.stderr


def test_targets_that_cannot_be_are_refused_at_once(digits, tmp_path, percept_adv_here):
    table = tmp_path / "targets.csv"
    table.write_text("file,label\nx.png,10\n")
    command = ["attack", "c4", digits, "-o", tmp_path / "out", "--attack", "cw", "--quiet"]
    for options, said in [
        (["--targets", table], "targets.csv line 2: 10 is no class: the model has 10"),
        (["--target", -1], "--target -1 is no class: the model has 10"),
        (["--target", 8, "--targets", table], "exclude each other"),
    ]:
        done = percept_adv_here(*command, *options)
        assert done.returncode == 2
        assert said in done.stderr
    assert not list(tmp_path.glob("out/*.png"))


def test_a_budget_of_gradients_is_kept(digits, tmp_path, percept_adv_here):
    done = percept_adv_here(
        "attack", "c4", digits, "-o", tmp_path / "out", "--attack", "ddn",
        "--max-evaluations", 30, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = [json.loads(line)["backward_count"] for line in done.stdout.splitlines()]
    assert len(counts) == 4
    assert 20 <= max(counts) <= 30


def test_bad_images_are_named_and_the_others_done(digits, tmp_path, percept_adv_here):
    (digits / "letter.png").write_text("no image")
    whole = next(digits.glob("0*.png")).read_bytes()
    (digits / "truncated.png").write_bytes(whole[: len(whole) // 2])
    write_png(digits / "large.png", np.zeros((30, 28)))
    done = percept_adv_here(
        "attack", "c4", digits, "-o", tmp_path / "out", "--attack", "cw", "--quiet", *FAST
    )
    assert done.returncode == 1
    for name in ("letter.png", "truncated.png", "large.png"):
        lines = [line for line in done.stderr.splitlines() if name in line]
        assert len(lines) == 1, done.stderr
    assert len(list((tmp_path / "out").rglob("*.png"))) == 4
    assert "Traceback" not in done.stderr


def unsupported(folder):
    model = classifier_model(
        [
            helper.make_node("Det", ["image"], ["determinant"], "det_1"),
            helper.make_node("MatMul", ["determinant", "w"], ["scores"], "classify"),
        ],
        constants=[("w", np.ones((1, 3), np.float32))],
    )
    path = folder / "determinant.onnx"
    onnx.save(model, path)
    return path


def test_models_that_cannot_be_attacked(model_files, tmp_path, percept_adv_here):
    image = tmp_path / "image.png"
    write_png(image, np.full((4, 4), 0.5))
    out = tmp_path / "out"
    cases = {
        unsupported(tmp_path): ("Det", "det_1"),
        model_files["truncated"]: ("truncated",),
        model_files["no_model"]: ("no ONNX",),
        model_files["two_inputs"]: ("'image', 'depth'", "choose"),
    }
    for model, words in cases.items():
        done = percept_adv_here(
            "attack", model, image, "-o", out, "--attack", "cw", "--quiet", *FAST
        )
        assert done.returncode == 4, (model, done.stderr)
        assert all(word in done.stderr for word in words), (model, done.stderr)
        assert not out.exists()


def test_the_class_scores_are_chosen_by_name(tmp_path, percept_adv_here):
    image, weights = tmp_path / "image.png", np.random.default_rng(3).standard_normal((16, 3))
    write_png(image, np.random.default_rng(0).random((4, 4)))
    model = classifier_model(
        [
            helper.make_node("Flatten", ["image"], ["flat"], "flatten"),
            helper.make_node("MatMul", ["flat", "w"], ["scores"], "classify"),
            helper.make_node("Neg", ["scores"], ["opposite"], "oppose"),
        ],
        outputs=("scores", "opposite"),
        constants=[("w", weights.astype(np.float32))],
    )
    path = tmp_path / "two_outputs.onnx"
    onnx.save(model, path)
    command = ["attack", path, image, "-o", tmp_path / "out", "--attack", "cw", "--json", *FAST]
    asked = percept_adv_here(*command)
    assert asked.returncode == 4
    assert "'scores', 'opposite'" in asked.stderr
    assert "--output-name" in asked.stderr
    logits = read_image(image).pixels.reshape(-1) @ weights
    for name, sign in (("scores", 1), ("opposite", -1)):
        done = percept_adv_here(*command, "--output-name", name, "--overwrite")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["label_before"] == (sign * logits).argmax()


def test_probabilities_are_told_and_attacked(model_files, tmp_path, percept_adv_here):
    image = tmp_path / "image.png"
    write_png(image, np.random.default_rng(0).random((4, 4)))
    done = percept_adv_here(
        "attack", model_files["probabilities"], image, "-o", tmp_path / "out",
        "--attack", "cw", "--json", *FAST,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "probabilities" in done.stderr
    assert json.loads(done.stdout)["success"]


def test_usage_and_outputs(digits, tmp_path, percept_adv_here):
    def code(*arguments):
        return percept_adv_here("attack", *arguments).returncode

    out = tmp_path / "out"
    assert code("c4", digits, "-o", out, "--attack", "none") == 2
    assert code("c4", digits, "-o", out, "-p", "iterations") == 2
    assert code("c4", digits, "-o", out, "-p", "iterations=0") == 2
    assert code("c4", digits, "-o", out, "-p", "nonsense=1") == 2
    assert code("c4", tmp_path / "missing.png", "-o", out) == 2
    (tmp_path / "empty").mkdir()
    assert code("c4", tmp_path / "empty", "-o", out) == 1
    (tmp_path / "file").write_text("")
    blocked = percept_adv_here(
        "attack", "c4", digits, "-o", tmp_path / "file" / "out", "--attack", "cw", "--quiet", *FAST
    )
    assert blocked.returncode == 1
    assert "cannot write" in blocked.stderr
    assert not out.exists()


def test_interrupted_and_gone_on(tmp_path, command_path, percept_adv_here):
    out = tmp_path / "out"
    folder = tmp_path / "digits"
    folder.mkdir()
    for picture in sorted(DIGITS.glob("*.png"))[:20]:
        shutil.copy(picture, folder)
    command = ["attack", "c4", str(folder), "-o", str(out), "--attack", "cw", "--batch-size", "2"]
    settings = ["-p", "iterations=20", "-p", "search_steps=2", "--quiet"]
    process = subprocess.Popen(
        [command_path, *command, *settings], stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 90
    while not list(out.rglob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    done = {path: path.stat().st_mtime_ns for path in out.rglob("*.json")}
    assert 0 < len(done) < 20
    assert abs(len(list(out.rglob("*.png"))) - len(done)) <= 1
    finished = percept_adv_here(*command, *settings)
    assert finished.returncode == 0
    assert re.search(r"\d+ existing outputs? kept", finished.stderr)
    again = [path for path, before in done.items() if path.stat().st_mtime_ns != before]
    assert len(again) <= 1  # A record is written before its picture.
    assert len(list(out.rglob("*.png"))) == len(list(out.rglob("*.json"))) == 20
