"""Damaged files are read or refused in one line: no other exception, no crash, no hang."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fuzzing.py")


def fuzz(seed, count, folder):
    done = subprocess.run(
        [sys.executable, SCRIPT, str(seed), str(count), folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    left = [path.name for path in folder.iterdir()]
    assert done.returncode == 0, f"{left}: {done.stderr[-3000:]}"
    assert done.stderr == ""
    read, refused = map(int, done.stdout.split())
    assert read + refused == count
    assert min(read, refused) > count / 10


def test_a_sample(tmp_path):
    fuzz(0, 400, tmp_path)


@pytest.mark.large
@pytest.mark.parametrize("seed", range(1, 5))
def test_thousands(seed, tmp_path):
    fuzz(seed, 2000, tmp_path)
