"""How the compiled kernels spread over processors: nogil kernels on a thread pool.

numba's own ``parallel=True`` thrashes on small slices of a loaded machine; bands of
rows on a plain thread pool do not, and give the same bits whatever their number.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Event
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

THREADS_VARIABLE = "PERCEPT_ADV_THREADS"
# How often each thread is handed bands: so often that none is left idle for long at the end.
_SHARES = 8


def thread_count() -> int:
    """Return the number of threads to use.

    The environment variable ``PERCEPT_ADV_THREADS`` if it is a positive number,
    otherwise the processors that this process may run on.
    """
    wanted = os.environ.get(THREADS_VARIABLE, "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _pool(workers: int, purpose: str) -> ThreadPoolExecutor:
    """Return the shared pool of a purpose: what waits for bands must not wait in their pool."""
    return ThreadPoolExecutor(workers, thread_name_prefix=f"percept-adv-{purpose}")


def for_each_item(function: Callable[[int], Result], count: int) -> list[Result]:
    """Return ``function(i)`` for 0 to ``count`` - 1, in order; computed side by side."""
    workers = min(thread_count(), count)
    if workers <= 1:
        return [function(i) for i in range(count)]
    return list(_pool(workers, "items").map(function, range(count)))


def for_each_band(
    function: Callable[[int, int], None], rows: int, *, band: int, purpose: str = "bands"
) -> None:
    """Call ``function(start, stop)`` for consecutive bands of at most ``band`` rows.

    The bands depend on ``rows`` and ``band`` only, never on the number of threads,
    so that results do not either. Threads are handed several consecutive bands at a time.
    Each ``purpose`` has threads of its own: its bands do not queue behind those of another.
    """
    bounds = [(start, min(start + band, rows)) for start in range(0, rows, band)]
    workers = min(thread_count(), len(bounds))
    ended = Event()

    def go_through(first: int, after: int) -> None:
        for start, stop in bounds[first:after]:
            if ended.is_set():
                return
            function(start, stop)

    if workers <= 1:
        go_through(0, len(bounds))
        return
    # Handing over takes as long as a small band does, and the others wait for it.
    share = -(-len(bounds) // (_SHARES * workers))
    firsts = range(0, len(bounds), share)
    pool = _pool(workers, purpose)
    waiting = [pool.submit(go_through, first, first + share) for first in firsts]
    try:
        for done in waiting:
            done.result()
    finally:
        # After an interruption nothing of this call may be left in the shared pool.
        ended.set()
        for left in waiting:
            left.cancel()
