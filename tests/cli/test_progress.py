"""What a log, and a terminal, get to see of a run."""

import io
import os
import re
import subprocess
import sys

import pytest
from percept_adv_cli.shared import progress as module
from percept_adv_cli.shared.progress import progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand."""
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    return now


def lines_of(capsys):
    return capsys.readouterr().err.splitlines()


def test_a_log_gets_a_line_now_and_then(capsys, clock):
    with progress(1, description="cw") as told:
        for step in range(900):
            clock[0] += 10
            told.note("1 in work")
            told.within((step + 1) / 900)
        told.update()
    lines = lines_of(capsys)
    # A day's work of 9000 seconds.
    assert 10 < len(lines) < 30
    assert lines[0] == "percept-adv: cw: 0 of 1 (0%), 0:10 passed; 1 in work"
    assert lines[1] == "percept-adv: cw: 0 of 1 (0%), 0:30 passed, about 2:29:30 left; 1 in work"
    assert lines[-1].startswith("percept-adv: cw: 1 of 1 (100%), 2:30:00 passed")
    assert sum("1 of 1" in line for line in lines) == 1


def test_what_is_over_at_once_says_nothing(capsys, clock):
    with progress(3) as told:
        for _ in range(3):
            clock[0] += 1
            told.update()
    assert lines_of(capsys) == []


def test_the_time_left_is_right_just_after_resuming(capsys, clock):
    with progress(84, description="c4", finished=64) as told:
        for _ in range(2):
            clock[0] += 20
            told.update()
    first, second = lines_of(capsys)
    assert "65 of 84 (77%), 0:20 passed" in first
    assert "66 of 84 (79%), 0:40 passed, about 6:00 left" in second


def test_a_first_step_that_compiles_foretells_no_hours(capsys, clock):
    """900 steps of 0.1 s, of which the first takes 9 s."""
    with progress(1, description="scw") as told:
        for step in range(900):
            clock[0] += 9 if step == 0 else 0.1
            told.within((step + 1) / 900)
    lines = [line for line in lines_of(capsys) if "about" in line]
    passed = [9 + 0.1 * 899 - seconds for seconds in map(seconds_of, lines)]
    foretold = [seconds_of(line.split("about")[1]) for line in lines]
    assert foretold == pytest.approx(passed, abs=3)


def seconds_of(line):
    """Return the first time in a line, in seconds."""
    parts = re.search(r"(\d+:)?\d+:\d\d", line)[0].split(":")
    return sum(int(part) * 60**place for place, part in enumerate(reversed(parts)))


@pytest.mark.parametrize("processes", [2, 8])
def test_bursts_of_several_processes_do_not_change_the_time_left(processes, capsys, clock):
    """Each takes 20 s for an item, and all finish at about the same time."""
    with progress(40 * processes, description="c4") as told:
        for _ in range(40):
            clock[0] += 20 - 0.1 * processes
            for _ in range(processes):
                clock[0] += 0.1
                told.update()
    told = [line for line in lines_of(capsys) if "about" in line and seconds_of(line) > 60]
    assert len(told) > 5
    for line in told:
        left = 800 - seconds_of(line)
        assert seconds_of(line.split("about")[1]) == pytest.approx(left, rel=0.3), line


def test_what_is_found_done_says_nothing_of_the_rate(capsys, clock):
    with progress(10, description="t") as told:
        told.skip(7)
        for _ in range(2):
            clock[0] += 30
            told.update()
    assert "9 of 10 (90%), 1:00 passed, about 0:30 left" in lines_of(capsys)[1]


def test_time_for_what_is_found_done_is_not_that_of_the_others(capsys, clock):
    with progress(10, description="t") as told:
        for _ in range(4):
            clock[0] += 2
            told.skip(1)
        for _ in range(2):
            clock[0] += 30
            told.update()
    assert "6 of 10 (60%), 1:08 passed, about 2:00 left" in lines_of(capsys)[1]


def test_what_is_skipped_while_others_are_in_work_breaks_nothing(capsys, clock):
    with progress(10, description="t") as told:
        clock[0] += 10
        told.within(0.5)
        clock[0] += 20
        told.skip(1)
        clock[0] += 29
        told.within(0)
    assert "1 of 10 (10%), 0:59 passed" in lines_of(capsys)[-1]


def test_progress_never_goes_back(capsys, clock):
    with progress(2) as told:
        clock[0] += 20
        told.within(1.9)
        clock[0] += 20
        told.update()
    shares = [int(re.search(r"(\d+)%", line)[1]) for line in lines_of(capsys)]
    assert shares == sorted(shares)


def test_quiet_says_nothing(capsys, clock):
    with progress(2, quiet=True) as told:
        clock[0] += 100
        told.update(2)
    assert lines_of(capsys) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_a_terminal_gets_a_bar():
    import pty

    first, second = pty.openpty()
    code = (
        "from percept_adv_cli.shared.progress import progress\n"
        "with progress(4, description='fgsm', finished=1) as told:\n"
        "    told.update(3)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], stderr=second, check=True, env={**os.environ, "COLUMNS": "80"}
    )
    os.close(second)
    shown = io.BytesIO()
    try:
        while piece := os.read(first, 4096):
            shown.write(piece)
    except OSError:
        pass
    assert b"fgsm: 100%|" in shown.getvalue()
    assert b"4/4 [" in shown.getvalue()


def test_an_attack_on_one_image_tells_of_its_steps():
    import percept_adv_models as bundled

    from percept_adv import Classifier, attacks
    from percept_adv.images import read_pixels

    digit = next((bundled.dataset_path("mnist-sample")).rglob("*.png"))
    image = read_pixels(digit).astype("float32")[None, ..., None]
    classifier = Classifier("c4", provider="cpu")
    for name, options in (
        ("cw", {"search_steps": 2, "iterations": 5}), ("pgd2", {"iterations": 7}),
        ("ddn", {"iterations": 6}), ("apgd", {"search_steps": 2, "iterations": 6}),
        ("lbfgs", {"search_steps": 2, "iterations": 5}),
    ):  # fmt: skip
        seen = []
        attacks.attack(
            name, classifier, image, classifier.predict(image), callback=seen.append, **options
        )
        shares = [step.done for step in seen]
        assert shares == sorted(shares), name
        assert 0 < shares[0] < 1, name
        assert shares[-1] <= 1, name
