"""A second process compiles what takes longest, and nothing depends on it."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

SMOOTH = """
import numpy as np
from percept_adv import GuidedSmoother
image = np.random.default_rng(0).random((24, 24, 3))
smoother = GuidedSmoother(image)
from percept_adv.solvers.grid.coupling import couple
from percept_adv.solvers.grid.descent import descend
from percept_adv.solvers.grid.iteration import _descent
process = _descent._process
{then}
"""
THEN_SMOOTH = """
assert np.isfinite(smoother.smooth(image)).all()
counts = [len(found) for k in (couple, descend) for found in k.stats[1:]]
print(process is not None, *counts)
"""


def run(folder, *, before="", then=THEN_SMOOTH, **environment):
    """Return what is printed: was there a process; couple and descend found kept, compiled."""
    usual = {"NUMBA_CACHE_DIR": str(folder), "PERCEPT_ADV_THREADS": "2"}
    result = subprocess.run(
        [sys.executable, "-c", before + SMOOTH.format(then=then)],
        env={**os.environ, **usual, **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return result.stdout.split()


def test_what_another_process_compiles_is_found_and_kept(tmp_path):
    assert run(tmp_path) == ["True", "0", "1", "1", "0"]
    assert run(tmp_path) == ["False", "1", "0", "1", "0"]


@pytest.mark.parametrize(
    "before",
    [
        "import sys; sys.executable = '/no/such/folder/python'\n",
        "import sys; sys.executable = {failing!r}\n",
        "import sys; sys.executable = ''\n",
        "import sys; sys.frozen = True\n",
    ],
    ids=["missing", "failing", "unknown", "frozen"],
)
def test_where_there_is_no_such_process_the_kernel_is_compiled_here(before, tmp_path):
    failing = tmp_path / "python-that-fails"
    failing.write_text("#!/bin/sh\nexit 1\n")
    failing.chmod(0o755)
    _, *took = run(tmp_path / "kept", before=before.format(failing=str(failing)))
    assert took == ["0", "1", "0", "1"]


def test_one_processor_is_not_shared(tmp_path):
    assert run(tmp_path, PERCEPT_ADV_THREADS="1") == ["False", "0", "1", "0", "1"]


def test_the_process_ends_with_ours(tmp_path):
    (number,) = run(tmp_path, then="print(process.pid)")
    with pytest.raises(ProcessLookupError):
        os.kill(int(number), 0)


def test_who_waits_too_long_ends_it(tmp_path):
    waits = "_descent.wait(patience=0.01); print(process.poll() is not None, _descent._process)"
    assert run(tmp_path, then=waits) == ["True", "None"]
