"""All images, all attacks: what is still to be done, here or in several processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .work import Finished, Task, work_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from percept_adv.classifier import Classifier

    from .store import RunStore
    from .work import Failed

CHUNK = 64
"""Images held in memory together."""


def pending_tasks(store: RunStore, *, chunk: int) -> Iterator[Task]:
    """Yield what is not there yet, in chunks; what others finish meanwhile is left out."""
    configuration = store.configuration
    for variant in configuration.variants:
        outcomes = {key: (key, sample) for sample, key in store.outcomes(variant)}
        everything = list(outcomes.values())
        for start in range(0, len(everything), chunk):
            part = everything[start : start + chunk]
            left = tuple(pair for pair in part if not store.is_finished(pair[0]))
            if left:
                yield Task(variant, left)


def run_here(
    store: RunStore,
    classifier: Classifier,
    folder: Path,
    tell: Callable[[Finished | Failed], None],
) -> None:
    """Do everything that is left in this process, with the images of a folder.

    Each outcome is committed at once.
    """
    batch_size, seed = store.configuration.batch_size, store.configuration.seed
    for task in pending_tasks(store, chunk=max(CHUNK, batch_size)):
        for outcome in work_on(task, classifier, folder, batch_size=batch_size, seed=seed):
            if isinstance(outcome, Finished):
                store.add(outcome)
            tell(outcome)
