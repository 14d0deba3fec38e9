"""A Dask cluster: one task for each chunk of images, outcomes committed where the run lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.errors import ParameterError

from .sweep import pending_tasks
from .work import Finished

if TYPE_CHECKING:
    from collections.abc import Callable

    from .store import RunStore
    from .work import Failed, Task
    from .workplace import Workplace

_CHUNK = 4
_PATIENCE = "15s"


def run_on_cluster(
    store: RunStore,
    place: Workplace,
    tell: Callable[[Finished | Failed], None],
    *,
    address: str,
) -> None:
    """Do everything that is left on the workers of a Dask scheduler.

    The workers read model and images by the same paths as this process; work for CUDA goes to
    those with the resource ``GPU``. What a lost worker had in work, another one does.

    Raises
    ------
    ParameterError
        If there is no scheduler at the address, or Dask is not installed.
    """
    try:
        from distributed import Client, as_completed  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise ParameterError("a scheduler needs Dask: install percept-adv[distributed]") from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ParameterError(f"no Dask scheduler at {address}: {error}") from error
    with client:
        futures = [
            client.submit(
                _work,
                place,
                task,
                pure=False,
                resources={"GPU": 1} if place.provider == "cuda" else None,
            )
            for task in pending_tasks(store, chunk=max(_CHUNK, place.batch_size))
        ]
        for future in as_completed(futures, loop=client.loop):
            for outcome in future.result():
                if isinstance(outcome, Finished):
                    store.add(outcome)
                tell(outcome)
            future.release()


def _work(place: Workplace, task: Task) -> list[Finished | Failed]:
    return list(place.work(task))
