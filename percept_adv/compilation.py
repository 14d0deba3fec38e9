"""How the loops are compiled, where the compiled code is kept, and that compiling is told.

numba compiles a function when it is first called with new types and keeps the machine code
in a folder for the next start: beside the source, or the user's cache folder, or
``NUMBA_CACHE_DIR``. Where it finds none that it can write to (a read-only installation and
no home, as in containers) it refuses to define the function at all; here a private folder
among the temporary files takes its place, or none. See `kept_code`.
"""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
from numba.core import event

from percept_adv.kept_code import take_over, temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
# numba's types know neither its settings nor all of its options.
_njit: Any = numba.njit
_settings: Any = numba.config
register: Any = event.register
"""What has a listener told when a function is compiled."""
# Where the next function is to be kept is a setting of the whole process.
_setting = threading.Lock()
_kept_in: set[str | None] = set()


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles a function to be called from Python.

    Parameters
    ----------
    **options
        Of ``numba.njit``: mostly ``fastmath``, by what a kernel can bear. The kernel runs
        without the interpreter's lock, and a division by zero gives what IEEE 754 says.
    """

    def compiled(function: Callable[..., Any]) -> Any:
        wanted = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, **options}
        dispatcher = _kept(function, wanted)
        folder = dispatcher.stats.cache_path
        _kept_in.add(folder)
        if folder and _settings.CACHE_DIR:
            take_over(Path(_settings.CACHE_DIR), Path(folder))
        return dispatcher

    return compiled


def part(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles what kernels alone call; options as in `kernel`.

    Its machine code is kept with each kernel's, and it cannot be called from Python, which
    makes it the faster to compile.
    """
    unwrapped = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    decorator: Callable[[Callable[..., Any]], Any] = _njit(
        nogil=True, error_model="numpy", **unwrapped, **options
    )
    return decorator


def kept_in() -> str:
    """Say where the compiled code of the kernels that are loaded is kept."""
    folders = {folder for folder in _kept_in if folder}
    if not folders or None in _kept_in:
        return "nowhere, so every start compiles again: set NUMBA_CACHE_DIR to a folder"
    common = os.path.commonpath(folders)
    if (temporary := temporary_folder()) and Path(common).is_relative_to(temporary):
        return f"{common}, a temporary folder: NUMBA_CACHE_DIR names one that lasts"
    return common


def _kept(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Compile with the machine code kept where numba finds a folder, or where we do."""
    try:
        return _njit(cache=True, **options)(function)
    except RuntimeError:  # What numba says if it finds no folder.
        folder = temporary_folder()
    if folder is None:
        return _njit(**options)(function)
    with _setting:
        before = _settings.CACHE_DIR
        _settings.CACHE_DIR = str(folder)
        try:
            return _njit(cache=True, **options)(function)
        except RuntimeError:
            return _njit(**options)(function)
        finally:
            _settings.CACHE_DIR = before


class _Announcer(event.Listener):
    """Tells once that functions of this package are compiled: it takes seconds."""

    def __init__(self) -> None:
        self._told = False

    def on_start(self, event: Any) -> None:
        """Tell of the first compilation."""
        module = event.data["dispatcher"].py_func.__module__
        if self._told or not module.startswith(f"{__package__}."):
            return
        self._told = True
        _log.info(
            "compiling for this processor takes some seconds; the code is kept in %s", kept_in()
        )

    def on_end(self, event: Any) -> None:
        """Nothing: the end is seen by what comes next."""


register("numba:compile", _Announcer())
