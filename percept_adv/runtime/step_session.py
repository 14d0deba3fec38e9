"""A step that is run again and again: its state stays where the provider computes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from percept_adv.errors import ModelFormatError
from percept_adv.runtime import cuda_graphs
from percept_adv.runtime.session import Session
from percept_adv.runtime.step_values import StepValues
from percept_adv.runtime.steps import PlainSteps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import onnx
    from numpy.typing import NDArray

    from percept_adv.runtime.steps import Steps
    from percept_adv.runtime.weights import MappedWeights


class StepSession:
    """One step of an iteration as a model, and the values that it goes on with.

    Each input ``state/NAME`` belongs to an output ``next/NAME`` of the same shape and type. Two
    sets of them take turns, in the memory of the device; other inputs stay as they were put, and
    other outputs are read after a step. On CUDA a step is one launch of a CUDA graph, once it
    has proven right.

    Parameters
    ----------
    model
        All of whose shapes are fixed.
    provider
        As for `Session`.
    weights
        As for `Session`.
    node_count
        As for `Session`.

    Examples
    --------
    >>> from onnx import parser
    >>> from percept_adv.runtime import StepSession
    >>> add = parser.parse_model('''<ir_version: 8, opset_import: ["" : 18]>
    ... g (float[1] "state/x", float[1] by) => (float[1] "next/x")
    ... { "next/x" = Add ("state/x", by) }''')
    >>> session = StepSession(add)
    >>> session.put({"state/x": np.zeros(1, np.float32), "by": np.ones(1, np.float32)})
    >>> outputs = session.run_steps(3)
    >>> session.state(["x"])
    {'x': array([3.], dtype=float32)}
    """

    def __init__(
        self,
        model: onnx.ModelProto | bytes,
        *,
        provider: Literal["cuda", "cpu"] = "cpu",
        weights: MappedWeights | None = None,
        node_count: int = 0,
    ) -> None:
        opened = partial(Session, model, provider=provider, weights=weights, node_count=node_count)
        captured = _capturing(opened) if provider == "cuda" else None
        session = captured or opened()
        values = self._values = StepValues(session, provider)
        self._steps: Steps = PlainSteps(session, values)
        if captured is not None:
            self._steps = cuda_graphs.StepsOnTrial(
                captured, values, lambda: PlainSteps(opened(), values)
            )

    @property
    def inputs(self) -> frozenset[str]:
        """The names of the model's inputs."""
        return self._values.inputs

    @property
    def is_replayed(self) -> bool:
        """Whether steps are replayed by CUDA graphs that have proven right."""
        return isinstance(self._steps, cuda_graphs.ReplayedSteps)

    def put(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Give inputs their values, as copies; those that the model does not have are left out.

        Parameters
        ----------
        values
            Arrays by the names of inputs.
        """
        self._values.put(values)

    def state(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Return entries of the state as they are now, without their prefix.

        Parameters
        ----------
        names
            Such as ``"x"`` for ``state/x``.

        Returns
        -------
        dict
            An array for each name.
        """
        return self._values.state(names)

    def run_steps(self, count: int) -> dict[str, NDArray[Any]]:
        """Run so many steps and return what the last one puts out besides the state.

        Parameters
        ----------
        count
            At least 1.

        Returns
        -------
        dict
            An array for each output that is no ``next/NAME``.

        Raises
        ------
        DeviceMemoryError
            If the device has not enough memory.
        """
        for _ in range(count):
            self._steps = self._steps.step()
        return self._values.told()


def _capturing(opened: Callable[..., Session]) -> Session | None:
    """Return a session whose steps can be captured; None where they cannot or shall not be."""
    if not cuda_graphs.are_wanted():
        return None
    try:
        return opened(provider_options=cuda_graphs.OPTIONS)
    except ModelFormatError as error:
        cuda_graphs.tell(str(error))
        return None
