"""What ``percept-adv inspect`` says before a page is there; the page itself: tests/browser."""

import json
import socket
import sqlite3

import pytest

pytest.importorskip("starlette", reason="needs the extra percept-adv[inspect]")

from percept_adv_cli.inspect.inputs import open_library


def test_a_port_that_is_taken_is_said(percept_adv_here, image_pair):
    image, _ = image_pair()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = percept_adv_here("inspect", image, "--no-browser", "--port", port)
    assert done.returncode == 2
    assert f"--port {port} cannot be used" in done.stderr
    assert done.stdout == ""


def test_a_run_is_shown_alone_and_with_its_own_originals(percept_adv_here, image_pair, tmp_path):
    image, reference = image_pair()
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.sqlite").write_bytes(b"no database")
    mixed = percept_adv_here("inspect", run, image, "--no-browser")
    assert mixed.returncode == 2
    assert "a RUN is shown alone" in mixed.stderr
    doubled = percept_adv_here("inspect", run, "--reference", reference, "--no-browser")
    assert doubled.returncode == 2
    assert "leave out --reference" in doubled.stderr
    broken = percept_adv_here("inspect", run, "--no-browser")
    assert broken.returncode == 2
    assert "no database of a run" in broken.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [({"confidence_before": "x"}, "damaged record"), ({"attack": None}, "")],
)
def test_damaged_records_are_one_line(percept_adv_here, tmp_path, change, words):
    record = {"attack": "ddn", "success": True, "label_before": 1, "label_after": 2}
    record |= {"stored_l2": 1.0, "output": "a.png", **change}
    (tmp_path / "a.json").write_text(json.dumps(record))
    # A port that is taken ends what would otherwise serve.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = percept_adv_here("inspect", tmp_path, "--no-browser", "--port", port)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_model_needs_its_calibration(percept_adv_here, image_pair):
    image, _ = image_pair()
    done = percept_adv_here("inspect", image, "--model", "c4", "--no-browser")
    assert done.returncode == 2
    assert "--calibration" in done.stderr


@pytest.mark.parametrize("options", [["--beta", "2"], ["--domain-sigma", "0"], ["--port", "70000"]])
def test_settings_out_of_range_are_usage(percept_adv_here, image_pair, options):
    image, _ = image_pair()
    assert percept_adv_here("inspect", image, *options).returncode == 2


def test_a_run_that_is_not_finished_says_what_is_missing(percept_adv_here, six_digits, tmp_path):
    run = tmp_path / "run"
    evaluate = ["evaluate", "c4", six_digits, "-o", run, "--attacks", "fgsm", "--eps", "fgsm=0.3"]
    assert percept_adv_here(*evaluate, "--quiet", "--provider", "cpu").returncode == 0
    with sqlite3.connect(run / "run.sqlite") as connection:
        connection.execute("DELETE FROM item WHERE key IN (SELECT key FROM item LIMIT 2)")
        connection.execute("DELETE FROM metric WHERE item NOT IN (SELECT key FROM item)")
    (note,) = open_library([run], None).notes
    assert note.startswith("Not all outcomes are there: fgsm: 4 of 6.")
    with sqlite3.connect(run / "run.sqlite") as connection:
        connection.execute("DELETE FROM metric")
        connection.execute("DELETE FROM item")
    empty = percept_adv_here("inspect", run, "--no-browser")
    assert empty.returncode == 2
    assert "no image is finished yet" in empty.stderr
