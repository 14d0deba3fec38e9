"""All images, all attacks: what is still to be done, here or in several processes."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING

from .claims import Claims
from .work import Failed, Finished, Task, Waiting, work_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from percept_adv.classifier import Classifier

    from .store import RunStore

_BATCHES = 4
"""In a task, which one process does: the more, the fuller the batches; the fewer, the more evenly
several processes share."""

_POLL = 0.5
"""Seconds between two looks at what other processes have finished."""


def run_here(
    store: RunStore,
    classifier: Classifier,
    folder: Path,
    tell: Callable[[Finished | Failed | Waiting], None],
) -> None:
    """Do everything that is left in this process, with the images of a folder.

    Each outcome is committed at once.
    """
    batch_size, seed = store.configuration.batch_size, store.configuration.seed

    def work(tasks: list[Task]) -> Iterator[Finished | Failed]:
        for task in tasks:
            with claims.hold(task) as held:
                for outcome in work_on(held, classifier, folder, batch_size=batch_size, seed=seed):
                    if isinstance(outcome, Finished):
                        store.add(outcome)
                    yield outcome

    with Claims(store) as claims:
        sweep(store, claims, work, tell)


def sweep(
    store: RunStore,
    claims: Claims,
    work: Callable[[list[Task]], Iterable[Finished | Failed]],
    tell: Callable[[Finished | Failed | Waiting], None],
) -> None:
    """Have everything done that is left, and wait for what other processes have in work.

    Should they die, their work is done here.
    """
    failed: set[str] = set()
    while left := _pending_tasks(store, without=failed):
        free = claims.free(left)
        if not free:
            tell(Waiting(sum(len(task.samples) for task in left)))
            sleep(_POLL)
            continue
        for outcome in work(free):
            if isinstance(outcome, Failed):
                failed.add(outcome.key)
            tell(outcome)


def _pending_tasks(store: RunStore, *, without: Collection[str]) -> list[Task]:
    """Return what is not there yet, in tasks of some batches."""
    configuration = store.configuration
    size = _BATCHES * configuration.batch_size
    tasks = []
    for variant in configuration.variants:
        # The same image under two names has one outcome.
        outcomes = {key: sample for sample, key in store.outcomes(variant)}
        left = [
            (key, sample)
            for key, sample in outcomes.items()
            if key not in without and not store.is_finished(key)
        ]
        tasks += [
            Task(variant, tuple(left[start : start + size])) for start in range(0, len(left), size)
        ]
    return tasks
