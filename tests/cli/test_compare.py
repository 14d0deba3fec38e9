"""``percept-adv compare``: runs side by side, image by image where they share images."""

import csv
import json
import shutil
from pathlib import Path

import in_process
import numpy as np
import percept_adv_models
import pytest

DIGITS = percept_adv_models.dataset_path("mnist-sample")
OPTIONS = ["-p", "ddn.iterations=15", "--eps", "fgsm=0.1,0.3", "--quiet", "--provider", "cpu"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory, compiled):  # noqa: ARG001
    """Two models, of which the second has seen two images more; and digits of another name."""
    folder = tmp_path_factory.mktemp("runs")
    for model, limit in (("c4", 5), ("c4-adv", 7)):
        done = in_process.percept_adv(
            "evaluate", model, "mnist-sample", "--limit", limit, "-o", folder / model,
            "--attacks", "ddn,fgsm", *OPTIONS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return folder


def rows(path):
    return list(csv.DictReader(path.open()))


def test_two_models_on_the_images_they_share(runs, tmp_path, percept_adv_here):
    out = tmp_path / "out"
    done = percept_adv_here("compare", runs / "c4", runs / "c4-adv", "-o", out)
    assert done.returncode == 0, done.stderr
    assert "compared on the 5 images that all runs have; they have 5, 7" in done.stderr
    table = rows(out / "tables" / "robustness.csv")
    assert [(row["run"], row["attack"]) for row in table] == [
        (run, attack) for run in ("c4", "c4-adv") for attack in ("ddn", "fgsm", "all attacks")
    ]
    assert {row["images"] for row in table} == {"5"}
    # The figures are those of each run's own tables, on the shared images.
    images = rows(out / "tables" / "images.csv")
    assert len(images) == 5
    for run in ("c4", "c4-adv"):
        own = {
            row["file"]: row
            for row in rows(runs / run / "tables" / "images.csv")
            if row["attack"] == "ddn"
        }
        for row in images:
            found = own[row["file"]]
            told = found["stored_l2"] if found["success"] == "1" else "not fooled"
            assert row[f"{run}: ddn"] == told
    pairs = {(row["first"], row["second"]): row for row in rows(out / "tables" / "pairs.csv")}
    pair = pairs["c4: ddn", "c4-adv: ddn"]
    counts = [int(pair[name]) for name in ("both fooled", "first only", "second only", "neither")]
    assert sum(counts) == int(pair["both right"]) == 5
    distances = [(row["c4: ddn"], row["c4-adv: ddn"]) for row in images]
    ratios = [float(b) / float(a) for a, b in distances if "not fooled" not in (a, b)]
    assert counts[0] == len(ratios) > 1
    assert float(pair["L2 second / first"]) == pytest.approx(np.median(ratios))
    assert ("c4: ddn", "c4: fgsm") in pairs
    page = (out / "index.html").read_text()
    assert page.count("<svg") == 2
    assert "c4-adv" in page


def test_rows_as_json_at_chosen_distances(runs, percept_adv_here):
    done = percept_adv_here(
        "compare", runs / "c4", runs / "c4-adv", "--json", "--robust-at", "l2=0.3",
        "--robust-at", "linf=1/255",
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    first = next(line for line in lines if line["table"] == "Robust accuracy")
    assert {"L2 0.3", "Linf 1/255", "median L2"} <= set(first)


def test_runs_of_other_images_and_parameters(runs, tmp_path, percept_adv_here):
    folder = tmp_path / "digits"
    folder.mkdir()
    shutil.copy(DIGITS / "00020.png", folder)
    label = next(
        line.split(",")[1]
        for line in (DIGITS / "labels.csv").read_text().splitlines()
        if line.startswith("00020.png")
    )
    (folder / "labels.csv").write_text(f"file,label\n00020.png,{label}\n")
    done = percept_adv_here(
        "evaluate", "c4", folder, "-o", tmp_path / "other", "--attacks", "ddn",
        "-p", "ddn.iterations=10", "--quiet", "--provider", "cpu",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = percept_adv_here("compare", runs / "c4", tmp_path / "other")
    assert done.returncode == 0
    assert "the runs share no image" in done.stderr
    assert "parameters differ between the runs: ddn" in done.stderr
    # Both are of c4: their folders tell them apart.
    assert "other" in done.stdout


def test_usage(runs, percept_adv_here):
    for arguments, told in (
        ([runs / "c4"], "two runs or more"),
        ([runs / "c4", Path(runs / "c4" / ".." / "c4")], "each run once"),
        ([runs / "c4", runs], "no run folder"),
    ):
        done = percept_adv_here("compare", *arguments)
        assert done.returncode == 2
        assert told in done.stderr
