"""``percept-adv evaluate``: what a run holds, and what it refuses."""

import csv
import shutil
import sqlite3

import numpy as np
import percept_adv_models
import pytest
from evaluate_runs import ATTACKS, IMAGES, RUNS, command, item_count, pictures_of, results

from percept_adv import Classifier
from percept_adv.images import read_image

DIGITS = percept_adv_models.dataset_path("mnist-sample")


def test_the_tables_say_what_the_pictures_show(whole_run):
    rows = list(csv.DictReader((whole_run / "tables" / "images.csv").open()))
    assert len(rows) == 4 * IMAGES
    classifier = Classifier("c4", provider="cpu")
    with sqlite3.connect(whole_run / "run.sqlite") as connection:
        items = connection.execute("SELECT picture, label, success FROM item").fetchall()
    assert len({picture for picture, *_ in items}) == len(items) == RUNS * IMAGES
    assert len(pictures_of(whole_run)) == len(items)
    for picture, label, success in items:
        pixels = read_image(whole_run / picture).pixels
        assert (classifier.predict(pixels[None])[0] != label) == bool(success)
    by_attack = {}
    for row in rows:
        by_attack.setdefault(row["attack"], []).append(row)
    summaries = list(csv.DictReader((whole_run / "tables" / "summary.csv").open()))
    assert summaries[-1]["attack"] == "all attacks"
    assert float(summaries[-1]["P_suc"]) >= max(float(row["P_suc"]) for row in summaries[:-1])
    for summary in summaries[:-1]:
        own = by_attack[summary["attack"]]
        attacked = [row for row in own if row["already_misclassified"] == "0"]
        fooled = [float(row["stored_l2"]) for row in attacked if row["success"] == "1"]
        assert int(summary["N"]) == len(attacked) == IMAGES - 1
        assert float(summary["accuracy"]) == pytest.approx((IMAGES - 1) / IMAGES)
        assert float(summary["P_suc"]) == pytest.approx(len(fooled) / len(attacked))
        if fooled:
            assert float(summary["D_bar"]) == pytest.approx(np.mean(fooled))
    assert any(float(row["stored_l2"]) > 0 for row in rows)


def test_a_grid_counts_the_least_distortion(whole_run):
    with sqlite3.connect(whole_run / "run.sqlite") as connection:
        runs = connection.execute(
            "SELECT image, success, value FROM item JOIN metric ON key = item "
            "WHERE attack = 'fgsm' AND name = 'stored_l2' AND NOT already_misclassified"
        ).fetchall()
    least = {}
    for image, success, distance in runs:
        if success:
            least[image] = min(least.get(image, np.inf), distance)
    rows = csv.DictReader((whole_run / "tables" / "images.csv").open())
    counted = [
        float(row["stored_l2"])
        for row in rows
        if row["attack"] == "fgsm" and row["success"] == "1" and row["already_misclassified"] == "0"
    ]
    assert sorted(counted) == pytest.approx(sorted(least.values()))
    assert counted


def test_the_size_of_batches_changes_no_verdict(whole_run, six_digits, tmp_path, percept_adv_here):
    """Only the last bits of floats may differ: kernels are chosen by the batch."""
    run = tmp_path / "run"
    done = percept_adv_here(*command("c4", six_digits, run, "--batch-size", "4"))
    assert done.returncode == 0, done.stderr
    one, four = (
        list(csv.DictReader((folder / "tables" / "images.csv").open()))
        for folder in (whole_run, run)
    )
    for first, second in zip(one, four, strict=True):
        assert first["success"] == second["success"]
        assert float(first["stored_l2"]) == pytest.approx(float(second["stored_l2"]), rel=0.02)


def test_a_contradiction_is_refused(whole_run, six_digits, tmp_path, percept_adv_here):
    run = tmp_path / "run"
    shutil.copytree(whole_run, run)
    before = results(run)
    one = tmp_path / "c4.onnx"
    shutil.copy(percept_adv_models.path("c4"), one)
    cases = [
        (command("c4-adv", six_digits, run), "model_sha256 is"),
        (
            command(one, six_digits, run, "-p", "cw.iterations=31"),
            "iterations=31, search_steps=2, not initial_c=50.0, iterations=30",
        ),
        (command(one, six_digits, run, "--seed", "1"), "seed is 1, not 0"),
        (command(one, six_digits, run, "--batch-size", "2"), "batch_size is 2, not 1"),
    ]
    for arguments, words in cases:
        done = percept_adv_here(*arguments)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
        assert done.stdout == ""
    assert results(run) == before


def test_a_run_grows(whole_run, six_digits, tmp_path, percept_adv_here):
    """Images, attacks and distortions come one after the other; the end is that of one command."""
    model, run = tmp_path / "c4.onnx", tmp_path / "run"
    shutil.copy(percept_adv_models.path("c4"), model)
    start = [
        "evaluate",
        str(model),
        str(six_digits),
        "-o",
        str(run),
        "--quiet",
        "--provider",
        "cpu",
    ]
    parameters = ATTACKS[ATTACKS.index("-p") : ATTACKS.index("--quiet")]
    own = {
        name: [part for pair in zip(parameters[::2], parameters[1::2], strict=True)
               if pair[1].startswith(name + ".") for part in pair]
        for name in ("fgsm", "pgd2", "cw", "scw")
    }  # fmt: skip
    steps = [
        ["--attacks", "fgsm", "--eps", "fgsm=0.3", "--limit", "2"],
        ["--attacks", "fgsm", "--eps", "fgsm=0.3"],
        ["--attacks", "pgd2,fgsm", "--eps", "fgsm=0.2", "--eps", "pgd2=1.5,3", *own["pgd2"]],
        ["--attacks", "cw", *own["cw"]],
        ["--attacks", "scw", "--limit", "3", *own["scw"]],
    ]
    counts = []
    for options in steps:
        done = percept_adv_here(*start, *options)
        assert done.returncode == 0, done.stderr
        counts.append(item_count(run))
    assert counts == [2, 6, 24, 30, 33]
    assert "scw: 3 of 6" in (run / "index.html").read_text()
    done = percept_adv_here(*command(model, six_digits, run))
    assert done.returncode == 0, done.stderr
    assert item_count(run) == RUNS * IMAGES
    grown, standing = results(run), results(whole_run)
    assert grown[1] == standing[1]
    for name, text in standing[0].items():
        assert sorted(grown[0][name].splitlines()) == sorted(text.splitlines())


def test_files_are_named_by_image_and_attack(tmp_path, percept_adv_here):
    folder = tmp_path / "set"
    (folder / "a").mkdir(parents=True)
    for file, name in (("00000.png", "a/x.png"), ("00001.png", "x.png"), ("00002.png", "x.bmp")):
        (folder / name).write_bytes((DIGITS / file).read_bytes())
    (folder / "labels.csv").write_text("file,label\na/x.png,7\nx.png,2\nx.bmp,1\n")
    run = tmp_path / "run"
    done = percept_adv_here(
        "evaluate", "c4", folder, "-o", run, "--quiet", "--attacks", "ddn,fgsm", "--eps",
        "fgsm=0.1,8/255", "-p", "ddn.iterations=5",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names = ["a/x.png", "x.png", "x_bmp.png"]
    assert {str(p.relative_to(run / "originals")) for p in (run / "originals").rglob("*.png")} == {
        *names
    }
    rows = list(csv.DictReader((run / "tables" / "images.csv").open()))
    ddn = [row for row in rows if row["attack"] == "ddn"]
    assert [row["adversarial"] for row in ddn] == [f"adversarials/ddn/{name}" for name in names]
    assert [row["original"] for row in ddn] == [f"originals/{name}" for name in names]
    assert all((run / row["adversarial"]).is_file() for row in rows)
    assert {path.parent.name for path in pictures_of(run)} >= {"eps_0.1"}
    assert "adversarials" in (run / "README.md").read_text()


def test_changed_images_are_another_configuration(
    whole_run, six_digits, tmp_path, percept_adv_here
):
    other = tmp_path / "six_digits"
    shutil.copytree(six_digits, other)
    files = sorted(other.glob("*.png"))
    shutil.copy(files[1], files[0])
    model = tmp_path / "c4.onnx"
    shutil.copy(percept_adv_models.path("c4"), model)
    done = percept_adv_here(*command(model, other, whole_run))
    assert done.returncode == 2
    assert files[0].name in done.stderr


def test_unusable_images_are_named_and_the_others_done(six_digits, tmp_path, percept_adv_here):
    folder = tmp_path / "six_digits"
    shutil.copytree(six_digits, folder)
    (folder / "letter.png").write_text("no image")
    with (folder / "labels.csv").open("a") as table:
        table.write("\nletter.png,3\n")
    run = tmp_path / "run"
    fast = ["evaluate", "c4", folder, "-o", run, "--attacks", "fgsm", "--eps", "fgsm=0.3"]
    done = percept_adv_here(*fast, "--quiet")
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if "letter.png" in line]
    assert item_count(run) == IMAGES
    (folder / "letter.png").unlink()
    gone = percept_adv_here(*fast, "--quiet")
    assert gone.returncode == 2
    assert "does not hold, or not only once: letter.png" in gone.stderr


@pytest.mark.parametrize(
    "more",
    [
        ["--attacks", "none"],
        ["-p", "iterations=3"],
        ["-p", "cw.nonsense=3"],
        ["--eps", "fgsm=high"],
        ["--eps", "cw=1"],
        ["--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"],
    ],
)
def test_usage(more, tmp_path, percept_adv_here):
    done = percept_adv_here("evaluate", "c4", "mnist-sample", "-o", tmp_path / "run", *more)
    assert done.returncode == 2
    assert not (tmp_path / "run").exists()


def test_no_run_and_no_data_set(tmp_path, percept_adv_here):
    (tmp_path / "run.sqlite").write_text("a letter, and no database at all " * 40)
    for folder, words in ((tmp_path / "none", "no run folder"), (tmp_path, "no database")):
        done = percept_adv_here("report", folder)
        assert done.returncode == 2
        assert words in done.stderr
    done = percept_adv_here("evaluate", "c4", tmp_path / "none", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "mnist-sample" in done.stderr


@pytest.mark.slow
def test_the_seed_belongs_to_the_run(six_digits, tmp_path, percept_adv_here):
    """A ball too small for an adversarial image, so that restarts decide what comes back."""
    options = [
        "--attacks", "pgd2", "--eps", "pgd2=0.3", "-p", "pgd2.restarts=4", "--quiet",
        "-p", "pgd2.iterations=1", "-p", "pgd2.step_size=0.05", "--provider", "cpu",
    ]  # fmt: skip

    def made(name, *more):
        done = percept_adv_here(
            "evaluate", "c4", six_digits, "-o", tmp_path / name, *options, *more
        )
        return done, results(tmp_path / name)

    (done, first), (_, other) = made("first"), made("other", "--seed", 5)
    assert done.returncode == 0, done.stderr
    assert first[1].keys() == other[1].keys()
    assert first[1] != other[1]
    assert made("spread", "--jobs", 2)[1] == first
    refused, kept = made("first", "--seed", 5)
    assert refused.returncode == 2
    assert "seed is 5, not 0" in refused.stderr
    assert kept == first
