"""Weights inside a model's file, put once where all sessions can read them.

A session of onnxruntime holds a copy of every weight, the bytes that it was made from
another one, and a graph derived from the model all of them again. Large weights therefore go
to a temporary file, whose mapping the sessions share.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
from onnx import TensorProto

from percept_adv.runtime.weights import SMALLEST, MappedWeights, is_numeric, map_values

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST = 64 << 20
"""Bytes of weights from which a file of their own is worth it."""

_FILE = "weights.bin"
_ALIGNMENT = 64


def spool_weights(model: onnx.ModelProto) -> tuple[onnx.ModelProto, MappedWeights] | None:
    """Move a model's large weights into a temporary file, and return the model without them.

    The given model is emptied of them, for it would hold a second copy. The file lasts as
    long as the weights that are returned.

    Parameters
    ----------
    model : ModelProto
        All of whose weights are stored inside.

    Returns
    -------
    tuple or None
        None if the weights are small, or there is no room for the file.

    Examples
    --------
    >>> from percept_adv.runtime import spool_weights
    >>> spool_weights(model) is None
    True
    """
    large = [tensor for tensor in model.graph.initializer if _is_large(tensor)]
    if sum(len(tensor.raw_data) for tensor in large) < _LEAST:
        return None
    owner = tempfile.TemporaryDirectory(prefix="percept-adv-", ignore_cleanup_errors=True)
    try:
        offsets = _write(large, Path(owner.name) / _FILE)
    except OSError:
        owner.cleanup()
        return None
    for tensor, offset in zip(large, offsets, strict=True):
        entries = {"location": _FILE, "offset": offset, "length": len(tensor.raw_data)}
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
    # Only with the whole message does protobuf give its memory back.
    rest = onnx.ModelProto()
    rest.CopyFrom(model)
    folder = Path(owner.name)
    return rest, MappedWeights(folder, map_values(rest, folder), owner=owner)


def _is_large(tensor: TensorProto) -> bool:
    return len(tensor.raw_data) >= SMALLEST and is_numeric(tensor)


def _write(tensors: Sequence[TensorProto], path: Path) -> list[int]:
    """Write tensors one after the other and return where each begins."""
    offsets = []
    with path.open("wb") as file:
        for tensor in tensors:
            file.write(bytes(-file.tell() % _ALIGNMENT))
            offsets.append(file.tell())
            file.write(tensor.raw_data)
    return offsets
