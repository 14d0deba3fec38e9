"""A step that is run again and again: its state stays where the provider computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import onnxruntime

from percept_adv.runtime.session import Session, explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import onnx
    from numpy.typing import NDArray

    from percept_adv.runtime.weights import MappedWeights

STATE, NEXT = "state/", "next/"
"""Inputs of these names are what was put out as ``next/`` by the step before."""


class StepSession(Session):
    """One step of an iteration as a model, and the values that it goes on with.

    Each input ``state/NAME`` belongs to an output ``next/NAME`` of the same shape and type. Two
    sets of them take turns, in the memory of the device; other inputs stay as they were put, and
    other outputs are read after a step.

    Parameters
    ----------
    model
        All of whose shapes are fixed.
    provider, weights, node_count
        As for `Session`.
    """

    def __init__(
        self,
        model: onnx.ModelProto | bytes,
        *,
        provider: Literal["cuda", "cpu"] = "cpu",
        weights: MappedWeights | None = None,
        node_count: int = 0,
    ) -> None:
        super().__init__(model, provider=provider, weights=weights, node_count=node_count)
        self._device = provider
        self.inputs = frozenset(value.name for value in self._session.get_inputs())
        self._outputs = [value.name for value in self._session.get_outputs()]
        self._told = {name for name in self._outputs if not name.startswith(NEXT)}
        self._constants: dict[str, onnxruntime.OrtValue] = {}
        self._states: tuple[dict[str, onnxruntime.OrtValue], ...] = ({}, {})
        self._turn = 0

    def put(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Give inputs their values, as copies; those that the model does not have are left out."""
        for name, value in values.items():
            if name not in self.inputs:
                continue
            held = self._states[self._turn] if name.startswith(STATE) else self._constants
            array = np.ascontiguousarray(value)
            if name in held:
                held[name].update_inplace(array)
            else:
                held[name] = self._copied(array)
            other = self._states[1 - self._turn]
            if name.startswith(STATE) and name not in other:
                other[name] = self._copied(array)

    def state(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Return entries of the state as they are now, without their prefix."""
        held = self._states[self._turn]
        return {name: np.array(held[STATE + name].numpy()) for name in names}

    def run_steps(self, count: int) -> dict[str, NDArray[Any]]:
        """Run so many steps and return what the last one puts out besides the state.

        Raises
        ------
        DeviceMemoryError
            If the device has not enough memory.
        """
        for step in range(count):
            binding = self._bound(is_last=step == count - 1)
            try:
                self._session.run_with_iobinding(binding)
            except Exception as error:
                raise explained(error) from error
            self._turn = 1 - self._turn
        results = dict(zip(self._outputs, binding.get_outputs(), strict=True))
        return {name: np.array(results[name].numpy()) for name in self._told}

    def _bound(self, *, is_last: bool) -> onnxruntime.IOBinding:
        """Return where the step takes its inputs from and puts its outputs."""
        binding = self._session.io_binding()
        for name, value in (*self._constants.items(), *self._states[self._turn].items()):
            binding.bind_ortvalue_input(name, value)
        following = self._states[1 - self._turn]
        for name in self._outputs:
            if name.startswith(NEXT):
                binding.bind_ortvalue_output(name, following[STATE + name.removeprefix(NEXT)])
            else:
                # Only what is read needs to leave the device.
                binding.bind_output(name, "cpu" if is_last else self._device)
        return binding

    def _copied(self, array: NDArray[Any]) -> onnxruntime.OrtValue:
        """Return a copy in the memory of the device."""
        try:
            # On the CPU an OrtValue would share the array's own memory.
            return onnxruntime.OrtValue.ortvalue_from_numpy(array.copy(), self._device, 0)
        except Exception as error:
            raise explained(error) from error
