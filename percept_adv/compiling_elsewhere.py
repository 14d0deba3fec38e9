"""A second process that compiles one kernel while this one compiles the others.

Compiling holds Python's lock, so threads would not do. What the other process compiles it
leaves among the kept machine code, and numba finds it there. Where that process fails, or
cannot be started, the kernel is compiled when it is called, as any other.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numba.core import event

from percept_adv.compilation import register
from percept_adv.threads import THREADS_VARIABLE, thread_count

if TYPE_CHECKING:
    from collections.abc import Callable

# Many times what it takes; whoever waits longer compiles it himself.
_PATIENCE_S = 60.0


class CompiledElsewhere(event.Listener):
    """Has a kernel compiled as soon as another one of its package must be.

    Parameters
    ----------
    kernel
        What is called later than the package's others, and takes long to compile.
    compile_it
        A function of a module, without arguments, that compiles the kernel.
    """

    def __init__(self, kernel: Any, compile_it: Callable[[], None]) -> None:
        self._kernel = kernel
        self._code = f"from {compile_it.__module__} import {compile_it.__name__} as f; f()"
        self._package = compile_it.__module__.rpartition(".")[0]
        self._process: subprocess.Popen[bytes] | None = None
        self._decided = False
        self._waiting = threading.Lock()
        register("numba:compile", self)

    def on_start(self, event: Any) -> None:
        """Start the process, unless what is compiled now is the kernel itself."""
        compiled = event.data["dispatcher"]
        if self._decided or not compiled.py_func.__module__.startswith(f"{self._package}."):
            return
        self._decided = True
        is_kept = self._kernel.stats.cache_path is not None
        if compiled is not self._kernel and is_kept and _can_be_started():
            self._process = _start(self._code)
            atexit.register(self.wait, patience=0)

    def on_end(self, event: Any) -> None:
        """Nothing: whoever needs the kernel waits for the process."""

    def wait(self, patience: float = _PATIENCE_S) -> None:
        """Wait until the process has ended, if there is one; after ``patience`` seconds end it."""
        if self._process is None:
            return
        with self._waiting, suppress(subprocess.TimeoutExpired):
            process = self._process
            if process is None:
                return
            try:
                process.wait(patience)
            finally:
                process.kill()
                process.wait()
                self._process = None


def _can_be_started() -> bool:
    """Tell whether there is a processor for it, and whether we know how to start Python.

    In programs that have Python built in, ``sys.executable`` is that program.
    """
    is_python = Path(sys.executable or "").name.lower().startswith("python")
    return is_python and not getattr(sys, "frozen", False) and thread_count() > 1


def _start(code: str) -> subprocess.Popen[bytes] | None:
    # -P: the user's folder may hold a numpy.py. One thread: it starts no process itself.
    nothing = subprocess.DEVNULL
    environment = {**os.environ, THREADS_VARIABLE: "1"}
    command = [sys.executable, "-P", "-c", code]
    try:
        return subprocess.Popen(
            command, env=environment, stdin=nothing, stdout=nothing, stderr=nothing
        )
    except OSError:
        return None
