"""How much memory a model takes when it runs, and how much a device has left."""

from __future__ import annotations

import ctypes
from math import prod
from typing import TYPE_CHECKING

import onnx
from onnx.helper import tensor_dtype_to_np_dtype

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNTIMES = ("libcudart.so.13", "libcudart.so.12", "cudart64_13.dll", "cudart64_12.dll")


def free_device_memory() -> int | None:
    """Return the bytes that the first CUDA device has free; None where that cannot be told.

    Returns
    -------
    int or None
        Bytes.

    Examples
    --------
    >>> from percept_adv.runtime import free_device_memory
    >>> free_device_memory()  # doctest: +SKIP
    """
    for name in _RUNTIMES:
        try:
            runtime = ctypes.CDLL(name)
        except OSError:
            continue
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        if runtime.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total)) == 0:
            return free.value
    return None


def working_memory(model: onnx.ModelProto) -> int:
    """Return the most bytes that a model's tensors take at once, weights included.

    Counted node by node in their order, each tensor from where it is made to where it is last
    used. Kernels may take more for themselves.

    Parameters
    ----------
    model : ModelProto
        Whose shapes can all be inferred; tensors of unknown shape count nothing.

    Returns
    -------
    int
        Bytes.

    Examples
    --------
    >>> from onnx import parser
    >>> model = parser.parse_model('''<ir_version: 8, opset_import: ["" : 18]>
    ... g (float[100] x) => (float[100] y) { a = Relu (x) b = Neg (a) y = Abs (b) }''')
    >>> working_memory(model)
    1200
    """
    inferred = onnx.shape_inference.infer_shapes(model)
    graph = inferred.graph
    sizes = {
        value.name: _bytes_of(value.type.tensor_type)
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    weights = sum(_stored(tensor) for tensor in graph.initializer)
    always = {value.name for value in (*graph.input, *graph.output)}
    last = {name: i for i, node in enumerate(graph.node) for name in node.input}
    inputs = sum(sizes[value.name] for value in graph.input)
    now = most = inputs
    for index, node in enumerate(graph.node):
        now += _sum(sizes, node.output)
        most = max(most, now)
        gone = {name for name in node.input if last[name] == index and name not in always}
        now -= _sum(sizes, gone)
    return weights + most


def _sum(sizes: dict[str, int], names: Iterable[str]) -> int:
    return sum(sizes.get(name, 0) for name in names)


def _bytes_of(tensor: onnx.TypeProto.Tensor) -> int:
    shape = [dim.dim_value for dim in tensor.shape.dim]
    if not tensor.HasField("shape") or not tensor.elem_type:
        return 0
    count: int = prod(shape)
    return count * _item(tensor.elem_type)


def _stored(tensor: onnx.TensorProto) -> int:
    count: int = prod(tensor.dims)
    return count * _item(tensor.data_type)


def _item(elem_type: int) -> int:
    size: int = tensor_dtype_to_np_dtype(elem_type).itemsize
    return size
