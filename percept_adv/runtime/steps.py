"""Who runs the steps of an iteration; see also `cuda_graphs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnxruntime

    from percept_adv.runtime.session import Session
    from percept_adv.runtime.step_values import StepValues


class Steps(Protocol):
    """Runs steps on values in their places."""

    def step(self) -> Steps:
        """Run one step, and return who runs the next one.

        Raises
        ------
        DeviceMemoryError
            If the device has not enough memory.
        """


class Launcher:
    """Runs a session on values as they lie, as often as one likes from the same state.

    Parameters
    ----------
    session
        Of the step.
    values
        What it takes and puts out.
    """

    def __init__(self, session: Session, values: StepValues) -> None:
        self._session, self._values = session, values
        self._bindings: dict[int, onnxruntime.IOBinding] = {}

    def run(self, settings: Mapping[str, str] | None = None) -> None:
        """Compute the step of this turn, without going on to the next."""
        turn = self._values.turn
        if turn not in self._bindings:
            self._bindings[turn] = self._values.bind(self._session)
        self._session.run_bound(self._bindings[turn], settings)


class PlainSteps:
    """Every run launches the model's kernels one by one, with any provider."""

    def __init__(self, session: Session, values: StepValues) -> None:
        self._launcher, self._values = Launcher(session, values), values

    def step(self) -> Steps:
        """Run one step."""
        self._launcher.run()
        self._values.advance()
        return self
