"""What a shell completes, asked of the installed command as bash asks it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("percept-adv")


@pytest.fixture
def completions(tmp_path):
    (tmp_path / "cats.onnx").touch()
    (tmp_path / "photographs").mkdir()

    def ask(line):
        words = line.split(" ")
        asked = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
        done = subprocess.run(
            [COMMAND],
            env={**os.environ, "_PERCEPT_ADV_COMPLETE": "bash_complete", **asked},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return [answer.split(",", 1) for answer in done.stdout.splitlines()]

    return ask


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("percept-adv att", ["attack", "attacks"]),
        ("percept-adv attack c4 in/ --attack dd", ["ddn"]),
        ("percept-adv attack c4 in/ --attack ddn -p ste", ["step_size="]),
        ("percept-adv evaluate c4 mnist-sample --attacks ddn,sq", ["ddn,square"]),
        ("percept-adv evaluate c4 mnist-sample -p apgd.dis", ["apgd.distance="]),
        ("percept-adv metrics a.png b.png --metrics l2,ssi", ["l2,ssim"]),
        ("percept-adv attack c", ["c4", "c4-adv", "cats.onnx"]),
        ("percept-adv models describe mn", ["mnist-sample"]),
        ("percept-adv evaluate c4 ", ["mnist-sample", "photographs"]),
    ],
)
def test_names_are_completed(completions, line, expected):
    assert completions(line) == [["plain", name] for name in expected]


def test_a_path_is_left_to_the_shell(completions):
    assert completions("percept-adv attack elsewhere/c") == [["file", "elsewhere/c"]]


@pytest.mark.skipif(shutil.which("bash") is None, reason="asks bash itself")
def test_bash_takes_the_line_of_the_documentation():
    line = f'eval "$(_PERCEPT_ADV_COMPLETE=bash_source {COMMAND})" && complete -p percept-adv'
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip().endswith("percept-adv")
