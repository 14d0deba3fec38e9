"""All images, all attacks: what is still to be done, here or in several processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.evaluation.claims import Claims
from percept_adv.evaluation.work import Failed, Finished, Task, Waiting, work_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from percept_adv.classifier import Classifier
    from percept_adv.evaluation.dataset import Sample
    from percept_adv.evaluation.store import RunStore
    from percept_adv.evaluation.variants import Variant

_BATCHES = 4
"""In a task, which one process does: the more, the fuller the batches; the fewer, the more evenly
several processes share."""


def run_here(
    store: RunStore,
    classifier: Classifier,
    folder: Path,
    tell: Callable[[Finished | Failed | Waiting], None],
) -> None:
    """Do everything that is wanted and left in this process, with the images of a folder.

    Each outcome is committed at once.

    Parameters
    ----------
    store
        The run.
    classifier
        The deployed model.
    folder
        The folder of the data set.
    tell
        Called with each outcome.

    Raises
    ------
    ModelError
        If the model cannot be run or differentiated.
    RunError, OutputError
        If the run's database cannot be used.

    Examples
    --------
    >>> from percept_adv.evaluation import run_here
    >>> run_here(run, classifier, digits, print)
    """
    configuration = store.configuration

    def work(tasks: list[Task]) -> Iterator[Finished | Failed]:
        for task in tasks:
            with claims.hold(task.keys) as held:
                part = task.only(held)
                for outcome in work_on(
                    part,
                    classifier,
                    folder,
                    store=configuration.store,
                    through=configuration.through,
                    batch_size=configuration.batch_size,
                    seed=configuration.seed,
                    engine=configuration.engine,
                ):
                    if isinstance(outcome, Finished):
                        store.add(outcome)
                    yield outcome

    with Claims(store, store.is_finished) as claims:
        sweep(store, claims, work, tell)


def sweep(
    store: RunStore,
    claims: Claims,
    work: Callable[[list[Task]], Iterable[Finished | Failed]],
    tell: Callable[[Finished | Failed | Waiting], None],
) -> None:
    """Have everything done that is wanted and left, and wait for what other processes have in work.

    Should they die, their work is done here.
    """
    failed: set[str] = set()
    # The same image under two names has one outcome.
    plan = {
        key: (variant, sample)
        for variant in store.wanted.variants
        for sample, key in store.wanted.outcomes(variant)
    }
    size = _BATCHES * store.configuration.batch_size

    def pending() -> list[str]:
        return [key for key in plan if key not in failed and not store.is_finished(key)]

    def do(free: list[str]) -> None:
        for outcome in work(_tasks({key: plan[key] for key in free}, size)):
            if isinstance(outcome, Failed):
                failed.add(outcome.key)
            tell(outcome)

    claims.share(pending, do, lambda count: tell(Waiting(count)))


def _tasks(plan: Mapping[str, tuple[Variant, Sample]], size: int) -> list[Task]:
    """Return what is to be done in tasks of at most ``size`` images for one attack each."""
    groups: dict[str, list[tuple[str, Sample]]] = {}
    variants = {str(variant): variant for variant, _ in plan.values()}
    for key, (variant, sample) in plan.items():
        groups.setdefault(str(variant), []).append((key, sample))
    return [
        Task(variants[name], tuple(samples[start : start + size]))
        for name, samples in groups.items()
        for start in range(0, len(samples), size)
    ]
