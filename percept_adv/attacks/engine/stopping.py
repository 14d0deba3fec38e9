"""What the answer of a callback ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.result import StepInfo

Answer: TypeAlias = "bool | NDArray[np.bool_] | None"
"""None or False: go on. True: end the whole attack. An array: end some of the active images."""

Callback: TypeAlias = "Callable[[StepInfo], Answer]"


def ended_by(callback: Callback | None, info: StepInfo) -> tuple[NDArray[np.bool_], bool]:
    """Ask a callback; return which active images end, and whether the waiting ones do.

    Raising StopIteration is another way to answer True.

    Raises
    ------
    ParameterError
        If the answer is no answer.
    """
    if callback is None:
        return np.zeros(info.active, bool), False
    try:
        answer: Any = callback(info)
    except StopIteration:
        answer = True
    ends = np.asarray(False if answer is None else answer)
    if ends.dtype != np.bool_ or ends.shape not in ((), (info.active,)):
        raise ParameterError(
            f"the callback answers {answer!r}: return True to end the attack, an array of bool for "
            "the active images, or nothing"
        )
    return np.broadcast_to(ends, (info.active,)), ends.ndim == 0 and bool(ends)


class Caller:
    """A callback that remembers what its answers have ended."""

    def __init__(self, callback: Callback) -> None:
        self._callback = callback
        self._everything = False
        self._ended: set[int] = set()

    def __call__(self, info: StepInfo) -> NDArray[np.bool_] | bool:
        """Ask the callback."""
        ended, everything = ended_by(self._callback, info)
        self._ended.update(int(index) for index in info.indices[ended[: len(info.indices)]])
        self._everything |= everything
        return True if everything else ended

    def has_ended(self, index: int) -> bool:
        """Whether an answer has ended the attack of an image."""
        return self._everything or index in self._ended
