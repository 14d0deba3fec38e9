"""Weights that stay in a file beside their model, read by all sessions from one mapping.

onnxruntime maps such a file for every session anew, and copies each matrix into an order
of its own. Weights that are kept in a file are kept there because they are large, so here
they exist once: sessions take them from one mapping, in the order of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
from onnx.helper import tensor_dtype_to_np_dtype

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from tempfile import TemporaryDirectory

SMALLEST = 1 << 20
"""Bytes from which a tensor is worth sharing."""


@dataclass(frozen=True, slots=True)
class MappedWeights:
    """The external weights of a model.

    Attributes
    ----------
    folder
        Where their files are.
    values
        The large ones, by name, in read-only mappings of the files.
    owner
        A temporary folder that ends with the weights; None where the files are the user's.
    """

    folder: Path
    values: Mapping[str, onnxruntime.OrtValue]
    owner: TemporaryDirectory[str] | None = None

    def offer(self, options: onnxruntime.SessionOptions) -> None:
        """Make a session on the CPU take the weights from here.

        Weights that a user keeps in a file are not copied at all. Others a session may copy
        into an order of its own, in which products are faster.

        Parameters
        ----------
        options
            Of a session that is not made yet.
        """
        for name, value in self.values.items():
            options.add_initializer(name, value)
        if self.owner is None:
            options.add_session_config_entry("session.disable_prepacking", "1")


def map_weights(model: onnx.ModelProto, folder: Path) -> MappedWeights | None:
    """Return the external weights of a model; None if it has none.

    Parameters
    ----------
    model
        As `percept_adv.gradients.load_model` returns it.
    folder
        Where the files are.

    Returns
    -------
    MappedWeights or None
        Shared by all sessions that are given them.

    Examples
    --------
    >>> from percept_adv.runtime import map_weights
    >>> map_weights(model, folder) is None
    True
    """
    if not any(_is_external(tensor) for tensor in model.graph.initializer):
        return None
    return MappedWeights(folder, map_values(model, folder))


def map_values(model: onnx.ModelProto, folder: Path) -> dict[str, onnxruntime.OrtValue]:
    """Return the large external weights of a model, by name, in mappings of their files."""
    mapped = {
        tensor.name: _map(tensor, folder)
        for tensor in model.graph.initializer
        if _is_external(tensor)
    }
    return {name: value for name, value in mapped.items() if value is not None}


def is_numeric(tensor: onnx.TensorProto) -> bool:
    """Whether numpy has a tensor's type."""
    return np.dtype(tensor_dtype_to_np_dtype(tensor.data_type)).kind in "fiu"


def _is_external(tensor: onnx.TensorProto) -> bool:
    return bool(tensor.data_location == onnx.TensorProto.EXTERNAL)


def _map(tensor: onnx.TensorProto, folder: Path) -> onnxruntime.OrtValue | None:
    """Return a tensor in a mapping of its file; None if small, or of a type numpy lacks."""
    dtype = np.dtype(tensor_dtype_to_np_dtype(tensor.data_type))
    size = int(np.prod(tensor.dims, dtype=np.int64)) * dtype.itemsize
    entries = {entry.key: entry.value for entry in tensor.external_data}
    offset = int(entries.get("offset", 0))
    if size < SMALLEST or not is_numeric(tensor) or offset % dtype.itemsize:
        return None
    path, shape = folder / entries["location"], tuple(tensor.dims)
    array = np.memmap(path, dtype, mode="r", offset=offset, shape=shape)
    return onnxruntime.OrtValue.ortvalue_from_numpy(array)
