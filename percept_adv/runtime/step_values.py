"""What a step takes and puts out, where the provider computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

from percept_adv.runtime.session import Session, explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

STATE, NEXT = "state/", "next/"
"""Inputs of these names are what was put out as ``next/`` by the step before."""

_TYPES = {
    "tensor(bool)": np.bool_,
    "tensor(double)": np.float64,
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


class StepValues:
    """The values of a step, each in a place of its own that never moves.

    There are two sets of the state. A step reads one and writes the other, so that it can be
    repeated: what it reads is still there. CUDA graphs stand on both, see `cuda_graphs`.

    Parameters
    ----------
    session
        Of the step's model, all of whose shapes are fixed.
    device
        ``"cuda"`` or ``"cpu"``.
    """

    def __init__(self, session: Session, device: str) -> None:
        inputs, outputs = session.signature()
        self._device = device
        self.inputs = frozenset(value.name for value in inputs)
        self._next = [value.name for value in outputs if value.name.startswith(NEXT)]
        # Made here: a place that onnxruntime makes for a run lies where captured graphs compute.
        self._told = {
            value.name: self._copied(np.zeros(value.shape, _TYPES[value.type]))
            for value in outputs
            if not value.name.startswith(NEXT)
        }
        self._constants: dict[str, onnxruntime.OrtValue] = {}
        self._states: tuple[dict[str, onnxruntime.OrtValue], ...] = ({}, {})
        self.turn = 0

    def put(self, values: Mapping[str, NDArray[Any]]) -> None:
        """Give inputs their values, as copies; those that the model does not have are left out."""
        for name, value in values.items():
            if name not in self.inputs:
                continue
            array = np.asarray(value, order="C")
            is_state = name.startswith(STATE)
            held = self._states[self.turn] if is_state else self._constants
            if name in held:
                held[name].update_inplace(array)
                continue
            for each in self._states if is_state else (held,):
                each[name] = self._copied(array)

    def state(self, names: Iterable[str]) -> dict[str, NDArray[Any]]:
        """Return entries of the state as they are now, without their prefix."""
        held = self._states[self.turn]
        return {name: _read(held[STATE + name]) for name in names}

    def told(self) -> dict[str, NDArray[Any]]:
        """Return what the last step put out besides the state."""
        return {name: _read(value) for name, value in self._told.items()}

    def advance(self) -> None:
        """Make the state that was put out the one to go on with."""
        self.turn = 1 - self.turn

    def results(self) -> dict[str, NDArray[Any]]:
        """Return all that a step has put out that was not followed by `advance`."""
        return {name: _read(value) for name, value in self._written().items()}

    def spoil(self) -> None:
        """Overwrite what the next step puts out with what no step puts out."""
        for value in self._written().values():
            kind = np.dtype(_TYPES[value.data_type()])
            # As a float of any size, a number without meaning; one byte of a bool has to be 0 or 1.
            filler = b"\x01" if kind == np.bool_ else b"\x71"
            count = value.tensor_size_in_bytes()
            spoilt = np.frombuffer(filler * count, kind).reshape(value.shape())
            value.update_inplace(spoilt)

    def bind(self, session: Session) -> onnxruntime.IOBinding:
        """Return where a session of the model finds all inputs and puts all outputs this turn."""
        binding = session.binding()
        held = self._constants | self._states[self.turn]
        for name in self.inputs:
            binding.bind_ortvalue_input(name, held[name])
        for name, value in self._written().items():
            binding.bind_ortvalue_output(name, value)
        return binding

    def _written(self) -> dict[str, onnxruntime.OrtValue]:
        """Return the places of all outputs this turn."""
        following = self._states[1 - self.turn]
        state = {name: following[STATE + name.removeprefix(NEXT)] for name in self._next}
        return state | self._told

    def _copied(self, array: NDArray[Any]) -> onnxruntime.OrtValue:
        """Return a copy in the memory of the device."""
        try:
            # On the CPU an OrtValue would share the array's own memory.
            return onnxruntime.OrtValue.ortvalue_from_numpy(array.copy(), self._device, 0)
        except Exception as error:
            raise explained(error) from error


def _read(value: onnxruntime.OrtValue) -> NDArray[Any]:
    return np.array(value.numpy())
