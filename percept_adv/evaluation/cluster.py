"""A Dask cluster: one task for each chunk of images, outcomes committed where the run lies."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from percept_adv.errors import ParameterError
from percept_adv.evaluation.claims import Claims
from percept_adv.evaluation.sweep import sweep
from percept_adv.evaluation.work import Finished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from distributed import Client

    from percept_adv.evaluation.store import RunStore
    from percept_adv.evaluation.work import Failed, Task, Waiting
    from percept_adv.evaluation.workplace import Workplace

_PATIENCE = "15s"


def run_on_cluster(
    store: RunStore,
    place: Workplace,
    tell: Callable[[Finished | Failed | Waiting], None],
    *,
    address: str,
) -> None:
    """Do everything that is left on the workers of a Dask scheduler.

    The workers read model and images by the same paths as this process; work for CUDA goes to
    those with the resource ``GPU``. What a lost worker had in work, another one does.

    Parameters
    ----------
    store
        The run.
    place
        Model and images, by path.
    tell
        Called with each outcome, which then has no pictures.
    address
        Of the scheduler, such as ``"tcp://node1:8786"``.

    Raises
    ------
    ParameterError
        If there is no scheduler at the address, or Dask is not installed.

    Examples
    --------
    >>> from percept_adv.evaluation import Workplace, run_on_cluster
    >>> place = Workplace.of(classifier, digits, batch_size=8)
    >>> run_on_cluster(run, place, print, address="tcp://node1:8786")  # doctest: +SKIP
    """
    try:
        from distributed import Client  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise ParameterError("a scheduler needs Dask: install percept-adv[distributed]") from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ParameterError(f"no Dask scheduler at {address}: {error}") from error
    with client, Claims(store, store.is_finished) as claims:
        sweep(store, claims, partial(_on_workers, client, store, claims, place), tell)


def _on_workers(
    client: Client, store: RunStore, claims: Claims, place: Workplace, tasks: list[Task]
) -> Iterator[Finished | Failed]:
    from distributed import as_completed  # noqa: PLC0415 (an extra)

    with ExitStack() as stack:
        # Workers on other machines do not see the run: what they do is held here.
        held = [task.only(stack.enter_context(claims.hold(task.keys))) for task in tasks]
        resources = {"GPU": 1} if place.provider == "cuda" else None
        futures = [
            client.submit(_work, place, task, pure=False, resources=resources)
            for task in held
            if task.samples
        ]
        for future in as_completed(futures, loop=client.loop):
            for outcome in future.result():
                if isinstance(outcome, Finished):
                    store.add(outcome)
                yield outcome
            future.release()


def _work(place: Workplace, task: Task) -> list[Finished | Failed]:
    return list(place.work(task))
