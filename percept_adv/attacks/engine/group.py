"""Images that are under attack together: what a run asks of them, whoever takes their steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.engine.result import StepInfo
    from percept_adv.attacks.numerics.arrays import State


class Group(Protocol):
    """Images come and go; those that are there take their steps together."""

    def __len__(self) -> int:
        """Return how many images there are."""

    @property
    def room(self) -> int:
        """How many images can still enter."""

    @property
    def problem(self) -> Problem:
        """The problem of the images that are there."""

    def enter(self, problem: Problem) -> None:
        """Take in new images."""

    def step(self) -> None:
        """Take one step, or a few: images that are over wait.

        Raises
        ------
        DeviceMemoryError
            If there are more images than the device has memory for.
        """

    def over(self) -> NDArray[np.bool_]:
        """Return which images are finished, or have used up their budget."""

    def told(self, steps: int, finished: int) -> StepInfo:
        """Return what a callback is told."""

    def leave(self, gone: NDArray[np.bool_]) -> tuple[Problem, State]:
        """Let some images go, and return them with what was found of them."""
