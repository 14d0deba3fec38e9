"""Steps that a CUDA graph replays: all kernels of a step in one launch.

onnxruntime captures the graph of a run that has a number (``gpu_graph_id``), and replays it in
later runs of that number. A graph reads and writes the addresses that it was captured with. So
each turn of `StepValues` has a graph of its own, and values change in their places only.

To capture, onnxruntime runs the model a few times more. This is harmless, because a step does not
write what it reads: every one of these runs puts out the same.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from threading import get_ident
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import DeviceMemoryError, ModelError, ProviderError
from percept_adv.runtime.steps import Launcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.runtime.session import Session
    from percept_adv.runtime.step_values import StepValues
    from percept_adv.runtime.steps import Steps

VARIABLE = "PERCEPT_ADV_CUDA_GRAPHS"
"""Environment variable: 0 is never."""
OPTIONS = {"enable_cuda_graph": "1"}
"""Options of the CUDA provider of a session that captures."""

_LOGGER = logging.getLogger("percept_adv.runtime")
_NUMBER, _NONE = "gpu_graph_id", "-1"
_COMPARED = 4
"""Two steps that capture, one each turn, and two that replay with a state that has changed."""
_RELATIVE, _ABSOLUTE = 1e-4, 1e-5


def are_wanted() -> bool:
    """Whether steps on CUDA are to be captured."""
    return os.environ.get(VARIABLE, "") != "0"


@cache
def tell(reason: str) -> None:
    """Say once why steps are not captured."""
    _LOGGER.info("steps run without CUDA graphs: %s", reason)


class ReplayedSteps:
    """Each step is one launch of a CUDA graph that has proven right.

    Parameters
    ----------
    launcher
        Of a session with `OPTIONS`.
    values
        What the steps take and put out.
    """

    def __init__(self, launcher: Launcher, values: StepValues) -> None:
        self._launcher, self._values = launcher, values
        # onnxruntime keeps the graphs for the thread that captured them.
        self._thread = get_ident()

    def step(self) -> Steps:
        """Replay one step."""
        here = get_ident() == self._thread
        self._launcher.run(graph_of(self._values) if here else {_NUMBER: _NONE})
        self._values.advance()
        return self


class StepsOnTrial:
    """The first steps, which run both ways from the same state.

    Nobody has to believe that a graph computes what its kernels do: what they put out is
    compared. If it is the same, `ReplayedSteps` follow. If not, or if the graph cannot be
    captured, plain steps do, and a note says so.

    Parameters
    ----------
    session
        With `OPTIONS`.
    values
        What the steps take and put out.
    plainly
        Opens another session, to go on with where this one fails.
    """

    def __init__(self, session: Session, values: StepValues, plainly: Callable[[], Steps]) -> None:
        self._launcher, self._values, self._plainly = Launcher(session, values), values, plainly
        self._compared = 0

    def step(self) -> Steps:
        """Run one step both ways, or plainly where that fails."""
        reason = self._objection()
        if reason is None:
            self._values.advance()
            self._compared += 1
            proven = self._compared == _COMPARED
            return ReplayedSteps(self._launcher, self._values) if proven else self
        tell(reason)
        # First of all its memory is given back.
        del self._launcher
        return self._plainly().step()

    def _objection(self) -> str | None:
        """Run the step by its graph, then without; return what speaks against the graph."""
        # The graph goes first, so that it finds nothing that the plain run has left for it.
        self._values.spoil()
        try:
            self._launcher.run(graph_of(self._values))
        except DeviceMemoryError:
            raise
        except (ProviderError, ModelError) as error:
            return f"capturing one failed ({error})"
        replayed = self._values.results()
        self._launcher.run({_NUMBER: _NONE})
        return difference(replayed, self._values.results())


def graph_of(values: StepValues) -> dict[str, str]:
    """Return the setting of a run that captures or replays the graph of this turn."""
    return {_NUMBER: str(values.turn + 1)}


def difference(replayed: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]]) -> str | None:
    """Return in which output two runs differ by more than the rounding of floats; None if none.

    Examples
    --------
    >>> difference({"x": np.array([1.0])}, {"x": np.array([1.0 + 1e-6])})
    >>> difference({"x": np.array([1.0, 3.0])}, {"x": np.array([1.0, 2.0])})
    'a replayed step puts out another x than a plain one'
    """
    for name, right in expected.items():
        if not _is_same(replayed[name], right):
            return f"a replayed step puts out another {name} than a plain one"
    return None


def _is_same(found: NDArray[Any], right: NDArray[Any]) -> bool:
    if not np.issubdtype(right.dtype, np.floating):
        return np.array_equal(found, right)
    sizes = np.abs(right[np.isfinite(right)])
    around = _ABSOLUTE * float(sizes.max(initial=0))
    return np.allclose(found, right, rtol=_RELATIVE, atol=around, equal_nan=True)
