"""Folders of compiled code that numba does not use by itself."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path


@cache
def temporary_folder() -> Path | None:
    """Return a folder of this user alone among the temporary files, or None.

    What numba keeps is unpickled, so that a folder that others can write to must not serve.
    """
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""
    try:
        folder = Path(tempfile.gettempdir()) / f"percept-adv{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        return None
    return folder


@cache
def take_over(given: Path, folder: Path) -> None:
    """Copy compiled code out of a folder that can be read but not written to.

    numba reads no folder that it could not write to.

    Parameters
    ----------
    given
        ``NUMBA_CACHE_DIR``; it has a folder of the same name as ``folder``.
    folder
        Where numba keeps the code of one package; what is there already stays.
    """
    source = given / folder.name
    if source == folder:
        return
    # The code before the index that names it.
    for file in sorted(source.glob("*.nb[ci]"), key=lambda file: file.suffix):
        own = folder / file.name
        part = folder / f".{file.name}.{os.getpid()}"
        if own.exists():
            continue
        with suppress(OSError):
            shutil.copyfile(file, part)
            part.replace(own)
        with suppress(OSError):
            part.unlink(missing_ok=True)
