"""Runs that are killed, shared or damaged end as if nothing had happened."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import percept_adv_models
import pytest
from evaluate_runs import IMAGES, RUNS, command, item_count, pictures_of, results

from percept_adv.evaluation import RunStore

pytestmark = pytest.mark.slow


def children(pid):
    """Return the processes that a process has started, on Linux."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_killed_and_gone_on(whole_run, six_digits, tmp_path, command_path, percept_adv_here):
    shutil.copy(percept_adv_models.path("c4"), tmp_path / "c4.onnx")
    run = tmp_path / "run"
    arguments = command(tmp_path / "c4.onnx", six_digits, run)
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
    assert results(run) == results(whole_run)


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
def test_several_processes_killed_and_gone_on(
    whole_run, six_digits, tmp_path, command_path, percept_adv_here
):
    shutil.copy(percept_adv_models.path("c4"), tmp_path / "c4.onnx")
    run = tmp_path / "run"
    arguments = command(tmp_path / "c4.onnx", six_digits, run, "--jobs", "2")
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
    assert results(run) == results(whole_run)
    assert not list(run.glob("*.lock"))


def test_two_at_once(whole_run, six_digits, tmp_path, command_path):
    shutil.copy(percept_adv_models.path("c4"), tmp_path / "c4.onnx")
    run = tmp_path / "run"
    arguments = [command_path, *command(tmp_path / "c4.onnx", six_digits, run)]
    both = [
        subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    with sqlite3.connect(run / "run.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert results(run) == results(whole_run)


def test_a_missing_picture_is_made_again(whole_run, six_digits, tmp_path, percept_adv_here):
    run = tmp_path / "run"
    shutil.copytree(whole_run, run)
    for picture in pictures_of(run):
        picture.unlink()
    assert percept_adv_here("report", run).returncode == 2
    model = tmp_path / "c4.onnx"
    shutil.copy(percept_adv_models.path("c4"), model)
    assert percept_adv_here(*command(model, six_digits, run)).returncode == 0
    assert results(run) == results(whole_run)


def test_a_run_is_read_while_another_process_writes(whole_run, tmp_path):
    """Outcomes and their figures are two tables: what is added between the two is of neither."""
    copy = tmp_path / "run"
    shutil.copytree(whole_run, copy)
    store = RunStore.open(copy)

    def write(statement):
        if "FROM metric" in statement:
            with sqlite3.connect(copy / "run.sqlite") as other:
                other.execute("INSERT INTO metric VALUES ('of another process', 'mad', 1)")

    store._connection.set_trace_callback(write)
    try:
        assert "of another process" not in store.records()
    finally:
        store.close()
