"""The bytes of a file, read once: a pipe gives them only once."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from functools import cache
from pathlib import Path

from percept_adv.errors import ImageError

_PIECE = 1 << 16
_PATIENCE = 10.0
"""Seconds that a named pipe may be without a writer."""


def read_content(path: str | os.PathLike[str]) -> bytes:
    """Return what a file holds, or a pipe: that is read once and remembered.

    Parameters
    ----------
    path
        A file, or a pipe such as ``/dev/stdin``.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    ImageError
        If it cannot be read, is empty, or is a folder, device or socket.

    Examples
    --------
    >>> from percept_adv.images import read_content
    >>> _ = (folder / "a.txt").write_bytes(b"abc")
    >>> read_content(folder / "a.txt")
    b'abc'
    """
    file = Path(path)
    try:
        mode = file.stat().st_mode
        if stat.S_ISFIFO(mode):
            content = _drained(file)
        elif stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            content = file.read_bytes()
        else:
            raise ImageError(f"{file} is a device or a socket, not a file: save the image first")
    except OSError as error:
        raise ImageError(f"cannot read {file}: {error.strerror or error}") from error
    if not content:
        raise ImageError(f"{file} is empty")
    return content


def content_sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of `read_content` in hexadecimal digits.

    Parameters
    ----------
    path
        A file, or a pipe.

    Returns
    -------
    str
        64 digits.

    Raises
    ------
    ImageError
        As `read_content`.

    Examples
    --------
    >>> from percept_adv.images import content_sha256
    >>> _ = (folder / "a.txt").write_bytes(b"abc")
    >>> content_sha256(folder / "a.txt")[:8]
    'ba7816bf'
    """
    return hashlib.sha256(read_content(path)).hexdigest()


@cache
def _drained(pipe: Path) -> bytes:
    if not pipe.resolve().exists():  # It has no name, so that nobody else can come to write to it.
        return pipe.read_bytes()
    # Not to wait, as opening does otherwise, for a writer that may never come.
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with io.FileIO(descriptor) as stream:
        first = _first_bytes(stream, pipe)
        os.set_blocking(stream.fileno(), True)
        return first + stream.read()


def _first_bytes(stream: io.FileIO, pipe: Path) -> bytes:
    """Wait until a pipe has a writer; return what it holds by then."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        content = stream.read(_PIECE)
        if content is None:  # There is a writer, and nothing written yet.
            return b""
        if content:
            return content
        time.sleep(0.02)
    raise ImageError(
        f"{pipe} is a pipe that nothing wrote to for {_PATIENCE:.0f} seconds: "
        "start the writer first"
    )
