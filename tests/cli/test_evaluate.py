"""``percept-adv evaluate``, ``report`` and ``transfer``: one protocol, whatever happens to it."""

import csv
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import percept_adv_models
import pytest
from onnx import numpy_helper

from percept_adv import Classifier
from percept_adv.images import read_image

DIGITS = percept_adv_models.dataset_path("mnist-sample")
ATTACKS = [
    "--attacks", "fgsm,pgd2,cw,scw", "--eps", "fgsm=0.2,0.3", "--eps", "pgd2=1.5,3",
    "-p", "pgd2.iterations=5", "-p", "cw.iterations=30", "-p", "cw.search_steps=2",
    "-p", "scw.iterations=15", "-p", "scw.search_steps=2", "-p", "scw.alpha=0.95",
    "-p", "cw.initial_c=50", "--quiet", "--provider", "cpu",
]  # fmt: skip
RUNS = 6
IMAGES = 6


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Six digits, the last of them with a wrong label."""
    folder = tmp_path_factory.mktemp("digits")
    rows = list(csv.DictReader((DIGITS / "labels.csv").open()))[:IMAGES]
    rows[-1]["label"] = str((int(rows[-1]["label"]) + 1) % 10)
    for row in rows:
        shutil.copy(DIGITS / row["file"], folder)
    lines = [f"{row['file']},{row['label']}" for row in rows]
    (folder / "labels.csv").write_text("\n".join(["file,label", *lines]))
    return folder


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory, percept_adv):
    """A run that nothing has interrupted, and a copy of the model that is gone afterwards."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(percept_adv_models.path("c4"), folder / "c4.onnx")
    done = percept_adv("evaluate", folder / "c4.onnx", digits, "-o", folder / "run", *ATTACKS)
    assert done.returncode == 0, done.stderr
    assert "P_suc" in done.stdout
    (folder / "c4.onnx").unlink()
    return folder / "run"


def command(model, digits, run, *more):
    return ["evaluate", str(model), str(digits), "-o", str(run), *ATTACKS, *more]


def results(run):
    """Return what must be equal: tables (but for times) and pictures."""
    tables = {
        path.name: path.read_text()
        for path in (run / "tables").iterdir()
        if not path.name.startswith("cost")
    }
    pictures = {str(path.relative_to(run)): path.read_bytes() for path in pictures_of(run)}
    return tables, pictures


def pictures_of(run):
    return [path for path in (run / "adversarials").rglob("*.png") if path.name[0] != "."]


def item_count(run):
    try:
        with sqlite3.connect(run / "run.sqlite", timeout=10) as connection:
            return connection.execute("SELECT count(*) FROM item").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_the_tables_say_what_the_pictures_show(whole):
    rows = list(csv.DictReader((whole / "tables" / "images.csv").open()))
    assert len(rows) == 4 * IMAGES
    classifier = Classifier("c4", provider="cpu")
    with sqlite3.connect(whole / "run.sqlite") as connection:
        items = connection.execute("SELECT picture, label, success FROM item").fetchall()
    assert len({picture for picture, *_ in items}) == len(items) == RUNS * IMAGES
    assert len(pictures_of(whole)) == len(items)
    for picture, label, success in items:
        pixels = read_image(whole / picture).pixels
        assert (classifier.predict(pixels[None])[0] != label) == bool(success)
    by_attack = {}
    for row in rows:
        by_attack.setdefault(row["attack"], []).append(row)
    summaries = list(csv.DictReader((whole / "tables" / "summary.csv").open()))
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


def test_a_grid_counts_the_least_distortion(whole):
    with sqlite3.connect(whole / "run.sqlite") as connection:
        runs = connection.execute(
            "SELECT image, success, value FROM item JOIN metric ON key = item "
            "WHERE attack = 'fgsm' AND name = 'stored_l2' AND NOT already_misclassified"
        ).fetchall()
    least = {}
    for image, success, distance in runs:
        if success:
            least[image] = min(least.get(image, np.inf), distance)
    rows = csv.DictReader((whole / "tables" / "images.csv").open())
    counted = [
        float(row["stored_l2"])
        for row in rows
        if row["attack"] == "fgsm" and row["success"] == "1" and row["already_misclassified"] == "0"
    ]
    assert sorted(counted) == pytest.approx(sorted(least.values()))
    assert counted


def test_killed_and_gone_on(whole, digits, tmp_path, command_path, percept_adv_here):
    shutil.copy(percept_adv_models.path("c4"), tmp_path / "c4.onnx")
    run = tmp_path / "run"
    arguments = command(tmp_path / "c4.onnx", digits, run)
    kills = 0
    for wanted in (3, 17):
        process = subprocess.Popen([command_path, *arguments], stdout=subprocess.DEVNULL)
        wait_for(lambda: item_count(run) >= wanted or process.poll() is not None)  # noqa: B023
        kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert kills
    before = {str(p.relative_to(run)): p.stat().st_mtime_ns for p in pictures_of(run)}
    kept = item_count(run)
    assert kept >= 3
    assert len(before) >= kept
    with sqlite3.connect(run / "run.sqlite") as connection:
        seconds = dict(connection.execute("SELECT picture, seconds FROM item").fetchall())
    done = percept_adv_here(*arguments)
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(run / "run.sqlite") as connection:
        after = dict(connection.execute("SELECT picture, seconds FROM item").fetchall())
    # What was finished has been left alone.
    assert {picture: after[picture] for picture in seconds} == seconds
    for picture in seconds:
        assert (run / picture).stat().st_mtime_ns == before[picture]
    assert results(run) == results(whole)


def children(pid):
    """Return the processes that a process has started, on Linux."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_several_processes_killed_and_gone_on(
    whole, digits, tmp_path, command_path, percept_adv_here
):
    shutil.copy(percept_adv_models.path("c4"), tmp_path / "c4.onnx")
    run = tmp_path / "run"
    arguments = command(tmp_path / "c4.onnx", digits, run, "--jobs", "2")
    first = subprocess.Popen([command_path, *arguments], stdout=subprocess.DEVNULL)
    wait_for(lambda: item_count(run) >= 4 or first.poll() is not None)
    workers = children(first.pid)
    assert len(workers) >= 2
    first.kill()
    first.wait()
    wait_for(lambda: not any(map(running, workers)))
    assert not any(map(running, workers)), "workers outlive the process that started them"
    assert item_count(run) < RUNS * IMAGES
    done = percept_adv_here(*arguments)
    assert done.returncode == 0, done.stderr
    assert results(run) == results(whole)
    assert not list(run.glob("*.lock"))


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_the_size_of_batches_changes_no_verdict(whole, digits, tmp_path, percept_adv_here):
    """Only the last bits of floats may differ: kernels are chosen by the batch."""
    run = tmp_path / "run"
    done = percept_adv_here(*command("c4", digits, run, "--batch-size", "4"))
    assert done.returncode == 0, done.stderr
    one, four = (
        list(csv.DictReader((folder / "tables" / "images.csv").open())) for folder in (whole, run)
    )
    for first, second in zip(one, four, strict=True):
        assert first["success"] == second["success"]
        assert float(first["stored_l2"]) == pytest.approx(float(second["stored_l2"]), rel=0.02)


def test_two_at_once(whole, digits, tmp_path, command_path):
    shutil.copy(percept_adv_models.path("c4"), tmp_path / "c4.onnx")
    run = tmp_path / "run"
    arguments = [command_path, *command(tmp_path / "c4.onnx", digits, run)]
    both = [
        subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    with sqlite3.connect(run / "run.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert results(run) == results(whole)


def test_a_contradiction_is_refused(whole, digits, tmp_path, percept_adv_here):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    before = results(run)
    one = tmp_path / "c4.onnx"
    shutil.copy(percept_adv_models.path("c4"), one)
    cases = [
        (command("c4-adv", digits, run), "model_sha256 is"),
        (
            command(one, digits, run, "-p", "cw.iterations=31"),
            "iterations=31, search_steps=2, not initial_c=50.0, iterations=30",
        ),
        (command(one, digits, run, "--seed", "1"), "seed is 1, not 0"),
        (command(one, digits, run, "--batch-size", "2"), "batch_size is 2, not 1"),
    ]
    for arguments, words in cases:
        done = percept_adv_here(*arguments)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
        assert done.stdout == ""
    assert results(run) == before


def test_a_run_grows(whole, digits, tmp_path, percept_adv_here):
    """Images, attacks and distortions come one after the other; the end is that of one command."""
    model, run = tmp_path / "c4.onnx", tmp_path / "run"
    shutil.copy(percept_adv_models.path("c4"), model)
    start = ["evaluate", str(model), str(digits), "-o", str(run), "--quiet", "--provider", "cpu"]
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
    done = percept_adv_here(*command(model, digits, run))
    assert done.returncode == 0, done.stderr
    assert item_count(run) == RUNS * IMAGES
    grown, standing = results(run), results(whole)
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


def test_changed_images_are_another_configuration(whole, digits, tmp_path, percept_adv_here):
    other = tmp_path / "digits"
    shutil.copytree(digits, other)
    files = sorted(other.glob("*.png"))
    shutil.copy(files[1], files[0])
    model = tmp_path / "c4.onnx"
    shutil.copy(percept_adv_models.path("c4"), model)
    done = percept_adv_here(*command(model, other, whole))
    assert done.returncode == 2
    assert files[0].name in done.stderr


def test_the_report_needs_the_folder_only(whole, tmp_path, percept_adv_here):
    run = tmp_path / "elsewhere"
    shutil.copytree(whole, run)
    for name in ("tables", "figures"):
        shutil.rmtree(run / name)
    (run / "index.html").unlink()
    done = percept_adv_here("report", run, "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    attacks = {"fgsm", "pgd2", "cw", "scw", "all attacks"}
    assert {line["attack"] for line in lines if "P_suc" in line} == attacks
    assert results(run) == results(whole)
    page = (run / "index.html").read_text()
    sources = re.findall(r"(?:src|href)=\"([^\"]*)\"", page)
    assert sources
    # Nothing from elsewhere: what is not inside the page lies beside it.
    beside = {source for source in sources if not source.startswith(("data:", "#"))}
    assert all((run / source).is_file() for source in beside)
    assert not re.search(r"url\((?!#)", page)
    drawings = re.compile(r'<svg(?! id="histogram").*?</svg>', re.DOTALL)
    assert not re.search(r"https?://", drawings.sub("", page))
    # Drawings take the colour of the page's text, and say in words what they show.
    for drawing in drawings.findall(page):
        assert "currentColor" in drawing
        assert "#010203" not in drawing
    assert len(re.findall(r'role="img" aria-label="[^"]{40,}"', page)) == len(
        drawings.findall(page)
    )
    (manifest,) = re.findall(r'id="manifest">(.*?)</script>', page)
    scenes = json.loads(manifest)["scenes"]
    said = " ".join(scene["warnings"][0] for scene in scenes)
    assert all(
        f"{attack}: {kind}" in said for attack in ("cw", "scw") for kind in ("best", "worst")
    )
    assert all(len(scene["subjects"]) == 5 for scene in scenes)
    pictures = [
        address
        for scene in scenes
        for one in scene["subjects"]
        for address in one["pictures"].values()
    ]
    assert all((run / address).is_file() for address in pictures)
    assert (run / "figures" / "operating_characteristics.png").stat().st_size > 0
    assert (run / "figures" / "mad_scw_cw.png").stat().st_size > 0


def test_a_missing_picture_is_made_again(whole, digits, tmp_path, percept_adv_here):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    for picture in pictures_of(run):
        picture.unlink()
    assert percept_adv_here("report", run).returncode == 2
    model = tmp_path / "c4.onnx"
    shutil.copy(percept_adv_models.path("c4"), model)
    assert percept_adv_here(*command(model, digits, run)).returncode == 0
    assert results(run) == results(whole)


def test_unusable_images_are_named_and_the_others_done(digits, tmp_path, percept_adv_here):
    folder = tmp_path / "digits"
    shutil.copytree(digits, folder)
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


def test_transfer(whole, tmp_path, percept_adv_here):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    done = percept_adv_here("transfer", run, "c4", "c4-adv", "--quiet")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((run / "tables" / "transfer.csv").open()))
    networks = ["c4", "c4 behind bilateral", "c4-adv", "c4-adv behind bilateral"]
    assert [row["tested network"] for row in rows] == [n for n in networks for _ in range(4)]
    # Before the attacked network itself everything is as it was.
    summary = {row["attack"]: row for row in csv.DictReader((run / "tables/summary.csv").open())}
    for row in rows[:4]:
        own = summary[row["attack"]]
        assert [row[name] for name in ("N", "P_suc", "D_bar")] == [
            own[name] for name in ("N", "P_suc", "D_bar")
        ]
    assert all(0 <= int(row["successes"]) <= int(row["N"]) <= IMAGES - 1 for row in rows)


def after_c4(path, *nodes):
    """Write c4 with nodes behind its logits, which are called "inner"; "logits" is the result."""
    model = onnx.load(percept_adv_models.path("c4"))
    (output,) = model.graph.output
    for node in model.graph.node:
        for index, name in enumerate(node.output):
            if name == output.name:
                node.output[index] = "inner"
    output.name = "logits"
    order = numpy_helper.from_array(np.roll(np.arange(10), 1), "order")
    model.graph.initializer.append(order)
    model.graph.node.extend(onnx.parser.parse_node(node) for node in nodes)
    onnx.save(model, path)
    return path


REFUSED = {
    "none right": (["logits = Gather<axis = 1>(inner, order)"], 2, "0 of 5 images are classified"),
    "random": (
        ["noise = RandomNormalLike(inner)", "logits = Add(inner, noise)"],
        4,
        "the same images get logits that differ",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_transfer_refuses_what_attack_refuses(whole, tmp_path, percept_adv_here, name):
    nodes, code, words = REFUSED[name]
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    model = after_c4(tmp_path / "other.onnx", *nodes)
    done = percept_adv_here("transfer", run, "c4", model, "--through", "none", "--quiet")
    assert done.returncode == code
    assert words in done.stderr.splitlines()[-1]
    assert str(model) in done.stderr or model.stem in done.stderr
    if name == "none right":
        done = percept_adv_here("transfer", run, model, "--through", "none", "--go-on", "--quiet")
        assert done.returncode == 0, done.stderr


def test_the_seed_belongs_to_the_run(digits, tmp_path, percept_adv_here):
    """A ball too small for an adversarial image, so that restarts decide what comes back."""
    options = [
        "--attacks", "pgd2", "--eps", "pgd2=0.3", "-p", "pgd2.restarts=4", "--quiet",
        "-p", "pgd2.iterations=1", "-p", "pgd2.step_size=0.05", "--provider", "cpu",
    ]  # fmt: skip

    def made(name, *more):
        done = percept_adv_here("evaluate", "c4", digits, "-o", tmp_path / name, *options, *more)
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
