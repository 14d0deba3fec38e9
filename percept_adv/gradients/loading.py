"""Reading a model file, and saying in one line what is wrong with it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx.external_data_helper import load_external_data_for_tensor

from percept_adv.errors import ModelFormatError
from percept_adv.gradients.damage import check_names, check_types, check_versions
from percept_adv.gradients.evaluate import LARGEST_FOLDED
from percept_adv.gradients.labels_only import with_scores
from percept_adv.gradients.maps import without_maps
from percept_adv.gradients.opsets import all_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORT_IDENTIFIER = b"ORTM"

INLINE_LIMIT = 1_500_000_000
"""Bytes of weights up to which external data is read into the model; protobuf ends at 2 GB."""

ModelOrFile: TypeAlias = onnx.ModelProto | str | Path
Folder: TypeAlias = str | Path


def load_model(
    source: ModelOrFile,
    *,
    weights_folder: Folder | None = None,
    inline_limit: int | None = None,
) -> onnx.ModelProto:
    """Return a model from a file, or the model itself, with its external weights read in.

    Above a limit only the small tensors are read. The others stay where they are, and a graph
    derived from the model has to be saved in the same folder. A given model is not changed.

    Parameters
    ----------
    source : ModelProto or path
    weights_folder : path, optional
        Where the files with external weights are: by default beside the model's file, for
        a ModelProto in the current folder.
    inline_limit : int, optional
        Bytes of external weights up to which they are read into the model, 1.5 GB by default.

    Returns
    -------
    ModelProto
        The model with its weights.

    Raises
    ------
    ModelFormatError
        If the file cannot be read, is no ONNX model, is truncated, or lacks its weights.

    Examples
    --------
    >>> import percept_adv_models
    >>> from percept_adv.gradients import load_model
    >>> load_model(percept_adv_models.path("c4")).graph.output[0].name
    'logits'
    """
    inline_limit = INLINE_LIMIT if inline_limit is None else inline_limit
    if isinstance(source, onnx.ModelProto):
        label = "the model"
        folder = Path(weights_folder or ".")
        model = _with_external_data(source, folder, inline_limit)
    elif not isinstance(source, str | PathLike):
        raise ModelFormatError(f"{source!r} is no model: give a path or an onnx.ModelProto")
    else:
        path = Path(source)
        label = str(path)
        model = _read(path)
        folder = Path(weights_folder or path.parent)
        _read_external_data(model, folder, label, inline_limit, "put them there")
    check_versions(model, label)
    _check_structure(model.graph, label)
    return with_scores(without_maps(model))


def external_tensors(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    """Return the tensors of a model whose values lie in files of their own.

    Parameters
    ----------
    model
        As `load_model` returns it.

    Returns
    -------
    list of TensorProto
        Those of the model itself, without their values.

    Examples
    --------
    >>> from percept_adv.gradients import external_tensors
    >>> external_tensors(model)
    []
    """
    return [
        tensor
        for tensor in _tensors(model.graph)
        if tensor.data_location == onnx.TensorProto.EXTERNAL
    ]


def _read(path: Path) -> onnx.ModelProto:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFormatError(f"{path}: cannot be read: {error.strerror or error}") from error
    if content[4:8] == _ORT_IDENTIFIER:
        raise ModelFormatError(
            f"{path}: is in onnxruntime's own format (.ort), which has no ONNX graph to read: give "
            "the .onnx file that it was converted from"
        )
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise ModelFormatError(
            f"{path}: is no ONNX model, or a truncated one ({len(content)} bytes); "
            "export or download it again"
        ) from error
    if model.graph.node and not model.opset_import:
        raise ModelFormatError(
            f"{path}: does not say which opset its operators belong to (opset_import); export it "
            "again"
        )
    if not model.graph.node:
        raise ModelFormatError(
            f"{path}: holds no ONNX graph ({len(content)} bytes); give an .onnx file"
        )
    return model


def _with_external_data(model: onnx.ModelProto, folder: Path, inline_limit: int) -> onnx.ModelProto:
    """Return a model in memory with its external weights; the same object if it has none."""
    if not external_tensors(model):
        return model
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    advice = "give the model's path instead of a ModelProto, or weights_folder"
    _read_external_data(copy, folder, "the model", inline_limit, advice)
    return copy


def _read_external_data(
    model: onnx.ModelProto, folder: Path, label: str, inline_limit: int, advice: str
) -> None:
    """Read weights in from the files in a folder: all, or the small ones of a large model."""
    external = external_tensors(model)
    locations = {
        entry.value
        for tensor in external
        for entry in tensor.external_data
        if entry.key == "location"
    }
    files = [folder / location for location in sorted(locations)]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise ModelFormatError(f"{label}: its weights are missing: {', '.join(missing)}; {advice}")
    large = sum(file.stat().st_size for file in files) > inline_limit
    for tensor in external:
        if large and np.prod(tensor.dims, dtype=np.int64) > LARGEST_FOLDED:
            continue
        try:
            load_external_data_for_tensor(tensor, str(folder))
        except (OSError, ValueError, onnx.checker.ValidationError) as error:
            raise ModelFormatError(f"{label}: its weights cannot be read: {error}") from error
        # onnx before 1.20 leaves this to its caller.
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Yield all weights: of the graph, of the graphs inside it, and of their Constant nodes."""
    for part in all_graphs(graph):
        yield from part.initializer
        for node in part.node:
            yield from (attribute.t for attribute in node.attribute if attribute.HasField("t"))


def _check_structure(graph: onnx.GraphProto, label: str) -> None:
    """Refuse a graph with missing outputs or with inputs that nothing produces."""
    if not graph.output:
        raise ModelFormatError(f"{label}: the graph has no outputs; the file may be truncated")
    check_names(graph, label)
    known = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    known |= {tensor.values.name for tensor in graph.sparse_initializer} | {""}
    check_types(graph, label)
    for node in graph.node:
        twice = next((name for name in node.output if name and name in known), None)
        if twice is not None:
            raise ModelFormatError(
                f"{label}: node {node.name or node.op_type!r} produces the tensor {twice!r}, which "
                "is there already; the file is damaged: export it again"
            )
        for name in node.input:
            if name not in known:
                raise ModelFormatError(
                    f"{label}: node {node.name or node.op_type!r} needs the tensor {name!r}, which "
                    "nothing before it produces; the file may be truncated or not in order"
                )
        known.update(node.output)
    for value in graph.output:
        if value.name not in known:
            raise ModelFormatError(
                f"{label}: nothing produces the output {value.name!r}; the file may be truncated"
            )
