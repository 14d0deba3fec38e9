"""Several processes of this machine, each committing its own outcomes."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.errors import OutputError
from percept_adv.evaluation.claims import Claims
from percept_adv.evaluation.store import RunStore
from percept_adv.evaluation.sweep import sweep
from percept_adv.evaluation.work import Finished
from percept_adv.threads import THREADS_VARIABLE, thread_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from pathlib import Path

    from percept_adv.evaluation.work import Failed, Task, Waiting
    from percept_adv.evaluation.workplace import Workplace

_RESTARTS = 3
_NOTHING = np.zeros((0, 0), np.uint8)


def run_in_processes(
    store: RunStore,
    place: Workplace,
    tell: Callable[[Finished | Failed | Waiting], None],
    *,
    jobs: int,
) -> None:
    """Do everything that is left in ``jobs`` processes; what is told of has no pictures.

    Parameters
    ----------
    store
        The run.
    place
        Model and images, by path.
    tell
        Called with each outcome, which then has no pictures.
    jobs
        How many processes.

    Raises
    ------
    OutputError
        If processes die again and again.

    Examples
    --------
    >>> from percept_adv.evaluation import Workplace, run_in_processes
    >>> place = Workplace.of(classifier, digits, batch_size=8)
    >>> run_in_processes(run, place, print, jobs=2)  # doctest: +SKIP
    """
    for restarts in range(_RESTARTS + 1):
        try:
            with Claims(store, store.is_finished) as claims:
                sweep(store, claims, partial(_in_pool, store.folder, place, jobs), tell)
        except BrokenProcessPool as error:
            if restarts == _RESTARTS:
                raise OutputError(
                    "worker processes die, perhaps for want of memory: use fewer --jobs"
                ) from error
        else:
            return


def _in_pool(
    folder: Path, place: Workplace, jobs: int, tasks: list[Task]
) -> Iterator[Finished | Failed]:
    context = get_context("spawn")
    # Only this process holds the sending end: whatever ends it, the workers end too.
    watched, lifeline = context.Pipe(duplex=False)
    threads = max(1, thread_count() // jobs)
    pool = ProcessPoolExecutor(
        jobs,
        mp_context=context,
        initializer=_begin_worker,
        initargs=(watched, threads, folder, place),
    )
    try:
        for future in as_completed([pool.submit(_work, task) for task in tasks]):
            yield from future.result()
        pool.shutdown()
    finally:
        lifeline.close()
        pool.shutdown(wait=False, cancel_futures=True)


_WORKER: dict[str, tuple[RunStore, Workplace]] = {}
"""What the tasks of a worker process share."""


def _begin_worker(watched: Connection, threads: int, folder: Path, place: Workplace) -> None:
    # An interruption is the first process's to tell of.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(watched,), daemon=True).start()
    os.environ[THREADS_VARIABLE] = str(threads)
    _WORKER["own"] = (RunStore.open(folder), place)


def _end_with(watched: Connection) -> None:
    """End this process when the first one has ended or closed its end."""
    watched.poll(None)
    # Outcomes are transactions: nothing can be left half done.
    os._exit(1)


def _work(task: Task) -> list[Finished | Failed]:
    store, place = _WORKER["own"]
    outcomes: list[Finished | Failed] = []
    with Claims(store, store.is_finished) as claims, claims.hold(task.keys) as held:
        for outcome in place.work(task.only(held)):
            if isinstance(outcome, Finished):
                store.add(outcome)
                outcomes.append(replace(outcome, original=_NOTHING, file=b""))
            else:
                outcomes.append(outcome)
    return outcomes
