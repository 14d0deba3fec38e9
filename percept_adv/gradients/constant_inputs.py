"""Inputs besides the image, such as metadata, held at constants inside the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ModelError, ParameterError
from percept_adv.gradients.ports import choose_input, dimensions_of, shown_port, true_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray


def with_constant_inputs(
    model: onnx.ModelProto, values: Mapping[str, ArrayLike], *, input_name: str | None = None
) -> onnx.ModelProto:
    """Return a model in which some inputs have become constants.

    Parameters
    ----------
    model
        It is not changed.
    values
        The constants by the names of inputs. Each is broadcast to its input's shape. A free first
        axis has the images' batch; one that is named otherwise has the rows of a constant that
        has several.
    input_name
        The image input, where the model has several that fit besides these.

    Returns
    -------
    ModelProto
        Without these inputs.

    Raises
    ------
    ModelError
        If the model has no such input.
    ParameterError
        If a value does not fit its input's type or shape.

    Examples
    --------
    >>> fixed = with_constant_inputs(model, {"age": 45.0})  # doctest: +SKIP
    """
    if not values:
        return model
    result = onnx.ModelProto()
    result.CopyFrom(model)
    graph = result.graph
    inputs = {value.name: value for value in true_inputs(graph)}
    for name in values:
        if name not in inputs:
            known = ", ".join(map(repr, inputs)) or "none"
            raise ModelError(f"the model has no input {name!r} to hold constant; it has: {known}")
    kept = [value for value in graph.input if value.name not in values]
    del graph.input[:]
    graph.input.extend(kept)
    image = choose_input(graph, input_name)
    fronts = [
        node for name, value in values.items() for node in _front(graph, image, inputs[name], value)
    ]
    own = list(graph.node)
    del graph.node[:]
    graph.node.extend([*fronts, *own])
    return result


def refuse_open_inputs(graph: onnx.GraphProto, image: str) -> None:
    """Refuse a model that takes more than its image.

    Parameters
    ----------
    graph
        Of a model.
    image
        Name of the image input.

    Raises
    ------
    ModelError
        Naming the other inputs with their types and shapes.

    Examples
    --------
    >>> from percept_adv.gradients import refuse_open_inputs
    >>> refuse_open_inputs(model.graph, "images")
    """
    others = [value for value in true_inputs(graph) if value.name != image]
    if others:
        shown = ", ".join(map(shown_port, others))
        raise ModelError(
            f"the model takes {shown} besides the image {image!r}: hold each constant (--input "
            "NAME=VALUE or --input NAME=FILE.npy; in Python inputs={NAME: VALUE})"
        )


def _front(
    graph: onnx.GraphProto, image: onnx.ValueInfoProto, value: onnx.ValueInfoProto, given: ArrayLike
) -> list[onnx.NodeProto]:
    """Store a constant in place of an input; return the nodes that give it the images' batch."""
    name = value.name
    array = _typed(np.asarray(given), value)
    if not value.type.tensor_type.HasField("shape"):
        graph.initializer.append(numpy_helper.from_array(array, name))
        return []
    sizes = dimensions_of(value)
    follows = bool(sizes) and sizes[0] is None and not _is_a_list(array, value, image)
    fitted = _broadcast(array, [1, *sizes[1:]] if follows else sizes, value)
    if not follows:
        graph.initializer.append(numpy_helper.from_array(fitted, name))
        return []
    row, shape, batch, target, first, rest = (
        f"constant_input/{name}/{part}"
        for part in ("row", "image_shape", "batch", "shape", "first", "rest")
    )
    graph.initializer.extend(
        [
            numpy_helper.from_array(fitted, row),
            numpy_helper.from_array(np.array([0], np.int64), first),
            numpy_helper.from_array(np.array(fitted.shape[1:], np.int64), rest),
        ]
    )
    return [
        helper.make_node("Shape", [image.name], [shape], shape),
        helper.make_node("Gather", [shape, first], [batch], batch, axis=0),
        helper.make_node("Concat", [batch, rest], [target], target, axis=0),
        helper.make_node("Expand", [row, target], [name], f"constant_input/{name}"),
    ]


def _is_a_list(array: NDArray[Any], value: onnx.ValueInfoProto, image: onnx.ValueInfoProto) -> bool:
    """Whether a constant has several rows for an axis that is named otherwise than the batch."""
    axes, batch = value.type.tensor_type.shape.dim, image.type.tensor_type.shape.dim
    named = axes[0].dim_param if axes else ""
    other = bool(named) and not any(axis.dim_param == named for axis in batch[:1])
    return other and array.ndim == len(axes) and len(array) > 1


def _typed(array: NDArray[Any], value: onnx.ValueInfoProto) -> NDArray[Any]:
    """Return a constant in its input's type, if that loses nothing but precision."""
    elem_type = value.type.tensor_type.elem_type
    if elem_type in {TensorProto.UNDEFINED, TensorProto.STRING} or array.dtype.kind not in "biuf":
        raise ParameterError(
            f"the input {shown_port(value)} cannot be held at {array.dtype} values: only numbers "
            "can be given"
        )
    wanted = helper.tensor_dtype_to_np_dtype(elem_type)
    with np.errstate(invalid="ignore", over="ignore"):
        typed: NDArray[Any] = array.astype(wanted)
    whole = wanted.kind in "biu" and not np.array_equal(typed, array)
    if whole or (wanted.kind not in "biu" and not np.isfinite(typed.astype(np.float64)).all()):
        raise ParameterError(
            f"the input {shown_port(value)} cannot be held at {_shown(array)}: give finite numbers "
            f"that {wanted} can hold"
        )
    return typed


def _broadcast(
    array: NDArray[Any], sizes: list[int | None], value: onnx.ValueInfoProto
) -> NDArray[Any]:
    """Return a constant in the shape of its input; a free axis takes the constant's own size."""
    lacking = max(len(sizes) - array.ndim, 0)
    own = (1,) * lacking + array.shape
    if None in sizes[:lacking]:  # Nothing tells that size.
        raise _misfit(array, value)
    shape = [own[axis] if size is None else size for axis, size in enumerate(sizes)]
    try:
        return np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(shape)
    except ValueError:
        raise _misfit(array, value) from None


def _misfit(array: NDArray[Any], value: onnx.ValueInfoProto) -> ParameterError:
    return ParameterError(
        f"a constant of shape {list(array.shape)} does not fit the input {shown_port(value)}: "
        "give a number, or an array of its shape with a batch of 1"
    )


def _shown(array: NDArray[Any]) -> str:
    text = np.array2string(array, threshold=6, separator=", ").replace("\n", " ")
    return text if len(text) < 80 else f"{text[:80]}..."
