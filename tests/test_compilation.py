"""Where compiled code is kept, and what is said of it."""

import os
import subprocess
import sys

import pytest

from percept_adv.kept_code import take_over

pytestmark = pytest.mark.slow

# Numba's own search, where neither the package's folder nor a home can be written to.
NO_FOLDER = """
from numba.core import caching
for name in dir(caching):
    if "InTree" in name or "UserWide" in name:
        getattr(caching, name).from_function = lambda *_: None
"""
# As if the folder could not be written to; the administrator, whom no mode stops, may run this.
READ_ONLY = """
import os
writable = caching.UserProvidedCacheLocator.ensure_cache_path
def ensure(self):
    if self._cache_path.startswith(os.environ["NUMBA_CACHE_DIR"]):
        raise PermissionError
    writable(self)
caching.UserProvidedCacheLocator.ensure_cache_path = ensure
"""
MAGNIFY = """
import logging
logging.basicConfig(level=logging.INFO, format="%(message)s")
import numpy as np
from percept_adv import compilation, magnify
assert np.isfinite(magnify(np.eye(40))).all()
print(compilation.kept_in())
"""


def python(code, **environment):
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return result.stdout, result.stderr


def test_a_temporary_folder_serves_where_numba_finds_none(tmp_path):
    first = python(NO_FOLDER + MAGNIFY, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR="")
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert str(folder) in first[0]
    assert first[1].count("compiling") == 1
    again = python(NO_FOLDER + MAGNIFY, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR="")
    assert "compiling" not in again[1]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders of others are told by their owner")
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path):
    """What is kept there is unpickled: it could be anybody's program."""
    open_to_all = tmp_path / f"percept-adv-{os.getuid()}"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    told, _ = python(NO_FOLDER + MAGNIFY, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR="")
    assert told.startswith("nowhere")
    assert not list(open_to_all.iterdir())


def test_a_folder_that_is_given_is_used(tmp_path):
    told, _ = python(MAGNIFY, NUMBA_CACHE_DIR=str(tmp_path))
    assert told.startswith(str(tmp_path))


def test_code_in_a_given_folder_that_cannot_be_written_to_serves(tmp_path):
    """As in containers whose image was built with the code, and that run as another user."""
    given, own = tmp_path / "given", tmp_path / "own"
    own.mkdir()
    python(MAGNIFY, NUMBA_CACHE_DIR=str(given))
    kept = {file.relative_to(given) for file in given.rglob("*.nb?")}
    told, said = python(
        NO_FOLDER + READ_ONLY + MAGNIFY, NUMBA_CACHE_DIR=str(given), TMPDIR=str(own)
    )
    assert told.startswith(str(own))
    assert "compiling" not in said
    (folder,) = own.iterdir()
    assert {file.relative_to(folder) for file in folder.rglob("*.nb?")} == kept
    assert {file.relative_to(given) for file in given.rglob("*.nb?")} == kept


def test_code_that_cannot_be_copied_leaves_nothing_behind(tmp_path, monkeypatch):
    given, own = tmp_path / "given", tmp_path / "own" / "package"
    (given / "package").mkdir(parents=True)
    (given / "package" / "a.nbi").write_bytes(b"index")
    own.mkdir(parents=True)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(own), "replace", full)
    take_over(given, own)
    assert list(own.iterdir()) == []
