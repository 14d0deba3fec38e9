"""What the commands that go over files have in common: smooth, explain, magnify, attack."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import percept_adv_models
import pytest

from percept_adv.images import read_image, write_png
from percept_adv.provenance import Output

DIGITS = percept_adv_models.dataset_path("mnist-sample")
OTHER = {"smooth": ["--lam", "3"], "explain": ["--class", "3"], "magnify": ["--gain", "3"]}
"""An option for each command, and a value that makes another result."""

pytestmark = pytest.mark.usefixtures("compiled")


@pytest.fixture
def folder(tmp_path):
    """Five digits, the third a broken file, and originals of which they could be copies."""
    for number, name in enumerate("abcde"):
        samples = read_image(DIGITS / f"{number:05}.png").samples
        write_png(tmp_path / "originals" / f"{name}.png", samples)
        noise = np.random.default_rng(number).integers(0, 20, samples.shape, dtype=np.uint8)
        write_png(
            tmp_path / "in" / f"{name}.png", np.where(samples < 128, samples + noise, samples)
        )
    (tmp_path / "in" / "c.png").write_bytes((DIGITS / "00002.png").read_bytes()[:60])
    return tmp_path


class Runner:
    """Runs a command on the folder, or on one file of it."""

    def __init__(self, percept_adv, folder):
        self.percept_adv, self.originals = percept_adv, folder / "originals"
        self.inputs, self.output = folder / "in", folder / "out"

    def __call__(self, command, *options, only=""):
        before = {
            "smooth": [self.originals / only],
            "explain": ["c4"],
            "magnify": [],
            "attack": ["c4", "--attack", "fgsm"],
        }
        arguments = [*before[command], self.inputs / only, "-o", self.output, "--quiet"]
        return self.percept_adv(command, *arguments, *options)


@pytest.fixture
def run(percept_adv_here, folder):
    return Runner(percept_adv_here, folder)


@pytest.mark.parametrize("command", ["smooth", "explain", "magnify"])
def test_one_order_for_what_is_made_kept_refused_and_broken(command, folder, run):
    assert run(command, only="b.png").returncode == 0
    assert run(command, *OTHER[command], only="d.png").returncode == 0

    def told(*options):
        done = run(command, "--json", *options)
        assert done.returncode == 1
        records = [json.loads(line) for line in done.stdout.splitlines()]
        statuses = [(Path(record["output"]).name, record["status"]) for record in records]
        return statuses, done.stderr.splitlines()

    statuses, (refused, kept, failed) = told()
    assert statuses == [("a.png", "written"), ("b.png", "kept"), ("e.png", "written")]
    out, option = folder / "out", OTHER[command][0].removeprefix("--")
    assert refused.startswith(f"percept-adv: {out / 'd.png'} stands in the way")
    assert f"{option} was 3, now " in refused
    assert kept.startswith(f"percept-adv: note: 1 existing output kept ({out / 'b.png'}): ")
    assert f"{folder / 'in' / 'c.png'}" in failed

    statuses, (_, kept, _) = told()
    assert statuses == [("a.png", "kept"), ("b.png", "kept"), ("e.png", "kept")]
    assert f"3 existing outputs kept ({out / 'a.png'} and 2 more): " in kept

    statuses, (failed,) = told("--overwrite")
    assert statuses == [(f"{name}.png", "written") for name in "abde"]
    assert "c.png" in failed


@pytest.mark.parametrize("command", ["smooth", "explain"])
def test_people_get_a_line_for_each_result_new_or_kept(command, folder, run):
    run(command, only="d.png")
    done = run(command)
    lines = [line.partition(": ")[0] for line in done.stdout.splitlines()]
    assert lines == [str(folder / "out" / f"{name}.png") for name in "abde"]
    assert done.returncode == 1


@pytest.mark.parametrize("command", ["smooth", "explain", "magnify"])
def test_no_result_replaces_what_is_read(command, folder, run):
    shutil.copytree(folder / "in", folder / "out")
    shutil.rmtree(folder / "in")
    (folder / "in").symlink_to(folder / "out")
    before = (folder / "out" / "a.png").read_bytes()
    done = run(command, "--overwrite", only="a.png")
    assert done.returncode == 1
    assert "would replace" in done.stderr
    assert (folder / "out" / "a.png").read_bytes() == before


@pytest.mark.parametrize("command", ["smooth", "explain", "magnify", "attack"])
def test_an_interruption_keeps_what_is_finished(command, folder, run, monkeypatch):
    """Ctrl-C before the third result is written; the same command then makes what is left."""
    written, write = [], Output.write

    def interrupted(output, *arguments):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(output.files[0].name)
        return write(output, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Output, "write", interrupted)
        done = run(command)
    assert done.returncode == 130
    assert done.stderr.endswith("interrupted; what was finished is kept\n")
    assert sorted(path.name for path in (folder / "out").glob("*.png")) == sorted(written)

    records = [json.loads(line) for line in run(command, "--json").stdout.splitlines()]
    kept = [Path(record["output"]).name for record in records if record["status"] == "kept"]
    assert sorted(kept) == sorted(written)
    assert sorted(Path(record["output"]).stem for record in records) == list("abde")


@pytest.mark.parametrize("command", ["smooth", "explain", "magnify", "attack"])
def test_files_that_were_moved_are_named_as_they_are_now(command, folder, run):
    run(command, only="a.png")
    (folder / "out").rename(folder / "elsewhere")
    (folder / "in").rename(folder / "images")
    run.inputs, run.output = folder / "images", folder / "elsewhere"
    record = json.loads(run(command, "--json", only="a.png").stdout)
    assert record["status"] == "kept"
    assert record["output"] == str(folder / "elsewhere" / "a.png")
    assert str(folder / "images" / "a.png") in record.values()


def test_who_reads_no_further_is_no_failure(command_path, tmp_path):
    """As with | head -1: nobody reads the second line."""
    process = subprocess.Popen(
        [command_path, "magnify", DIGITS, "-o", tmp_path, "--json", "--quiet"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline().startswith("{")
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert "failed" not in said
    assert len(list(tmp_path.glob("*.png"))) < 10


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder that takes no files")
@pytest.mark.parametrize(
    "command", [["magnify"], ["explain", "c4"], ["calibrate", "c4"], ["attack", "c4"]]
)
def test_where_nothing_can_be_written_there_is_no_work(command, percept_adv_here, monkeypatch):
    """Also root cannot write into /proc."""
    worked = []
    monkeypatch.setattr("percept_adv_cli.magnify.run.MagnifyRun.make", worked.append)
    monkeypatch.setattr("percept_adv_cli.explain.run.ExplainRun.make", worked.append)
    monkeypatch.setattr("percept_adv_cli.shared.detection.calibrate_on", worked.append)
    monkeypatch.setattr("percept_adv_cli.attack.run.AttackRun.execute", worked.append)
    done = percept_adv_here(*command, DIGITS / "00000.png", "-o", "/proc/results/c.json")
    assert done.returncode == 1
    assert "cannot write /proc/results" in done.stderr
    assert not worked
