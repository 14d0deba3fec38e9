"""From a classifier in ONNX to an ONNX graph that also gives the gradient of its input."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ModelError, ModelFormatError
from percept_adv.gradients.backward import (
    GradientPath,
    backpropagate,
    refuse_disconnected,
    refuse_unsupported,
)
from percept_adv.gradients.canonical import Canonical, canonicalize
from percept_adv.gradients.emitter import Emitter
from percept_adv.gradients.guard import guarded
from percept_adv.gradients.loading import Folder, ModelOrFile, load_model
from percept_adv.gradients.losses import LABEL, LOGIT_SCALE, MARGIN, check_loss, emit_loss
from percept_adv.gradients.naming import own_name, publish, with_free_names
from percept_adv.gradients.passes import reword, store_emitted_sizes
from percept_adv.gradients.ports import choose_input, choose_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.gradients.facts import Facts

COTANGENT = own_name("cotangent")
INPUT_GRADIENT = own_name("input_gradient")
LOSS = own_name("loss")

_HALVES = frozenset({TensorProto.FLOAT16, TensorProto.BFLOAT16})
_FLOATS = _HALVES | {TensorProto.FLOAT, TensorProto.DOUBLE}


def build_gradient_graph(
    model: ModelOrFile,
    *,
    loss: str = "cotangent",
    input_name: str | None = None,
    output_name: str | None = None,
    wrt: Sequence[str] = (),
    weights_folder: Folder | None = None,
    inline_limit: int | None = None,
) -> onnx.ModelProto:
    """Return a graph that computes what the model does and the gradient of its image input.

    Reverse-mode differentiation: the vector-Jacobian product of the logits, or the
    gradient of a loss on them. No gradient with respect to weights is built.

    Parameters
    ----------
    model : ModelProto or path
        A classifier; it is not changed. Weights of a file beyond 1.5 GB stay in their
        external files, so the result has to be saved in the same folder.
    loss : {"cotangent", "logit_difference", "margin", "cross_entropy", "score"}
        What is differentiated. All but the first take the input ``label`` (int64, shape (N,)),
        the class t of each image, and give the output ``loss``, shape (N,), besides.

        - ``cotangent``: the input ``cotangent``, of the logits' type and shape, gives
          ``input_gradient`` = J(x)^T cotangent.
        - ``logit_difference``: y_t - max_{i != t} y_i.
        - ``margin``: [y_t - max_{i != t} y_i + m]_+ with an optional scalar input ``margin`` (0 by
          default), eq. 3 of Zhang et al., "Smooth Adversarial Examples", EURASIP J. Inf. Security
          2020.
        - ``cross_entropy``: -log softmax(y)_t.
        - ``score``: y_t, one element of the output.

        An optional input ``logit_scale``, shape (N,), 1 by default, multiplies each image's
        logits inside the loss: an inverse temperature. Half precision logits give a float32 loss.
    input_name, output_name : str, optional
        The image input and the logits, where the model has several that fit.
    wrt : sequence of str, optional
        Tensors to differentiate with respect to instead of the image input: inner ones or
        inputs, by name. Each inner tensor becomes an output too, its gradient the output
        ``NAME_gradient``; the image input's is ``input_gradient``, as without this.
    weights_folder : path, optional
        Where the files with external weights are: by default beside the model's file, for
        a ModelProto in the current folder.
    inline_limit : int, optional
        Bytes of external weights up to which they are read into the model, 1.5 GB by default.

    Returns
    -------
    ModelProto
        Inputs: the model's own, then ``cotangent`` or ``label`` (and, optional,
        ``logit_scale`` and ``margin``).
        Outputs: the model's own, then ``loss`` (if any) and ``input_gradient``, which has
        the shape and type of the image input (float32 for an integer one); each image of
        the batch has its own gradient.

    Raises
    ------
    ParameterError
        If there is no such loss.
    ModelFormatError
        If the file is no ONNX model, or a broken one, or its external weights are not found.
    AmbiguousModelError
        If several inputs or outputs fit.
    UnsupportedOperatorError
        If an operator between the image and the logits has no gradient rule.
    ModelError
        If the output does not depend on the input.

    Examples
    --------
    >>> graph = percept_adv.build_gradient_graph(model).graph
    >>> [port.name for port in graph.input], [port.name for port in graph.output]
    (['images', 'cotangent'], ['logits', 'input_gradient'])
    """
    check_loss(loss)
    source = with_free_names(
        load_model(model, weights_folder=weights_folder, inline_limit=inline_limit), kept=wrt
    )
    image = choose_input(source.graph, input_name)
    logits = choose_output(source.graph, output_name)
    return differentiate(canonicalize(source), image, logits.name, loss, wrt=wrt)


def differentiate(
    canonical: Canonical,
    image: onnx.ValueInfoProto,
    logits_name: str,
    loss: str,
    *,
    wrt: Sequence[str] = (),
) -> onnx.ModelProto:
    """Add a gradient to a model in the rules' dialect, in place, and return it.

    Raises
    ------
    UnsupportedOperatorError, ModelError
        As `build_gradient_graph`.
    """
    result, facts = canonical.model, canonical.facts
    logits = next(value for value in result.graph.output if value.name == logits_name)
    sources = list(dict.fromkeys(wrt)) or [image.name]
    _expose(result.graph, facts, [name for name in sources if name != image.name])
    reword(result.graph, facts)
    path = GradientPath(result, facts, sources=sources, logits=logits.name)
    versions = {entry.domain or "": entry.version for entry in result.opset_import}
    refuse_disconnected(path, sources=sources, logits=logits.name)
    refuse_unsupported(path, versions)

    _fill_in_shapes(result.graph, facts)
    emit = Emitter()
    elem_type = _type_of(result.graph, facts, logits.name)
    if loss == "cotangent":
        seed = COTANGENT
        output = next(value for value in result.graph.output if value.name == logits.name)
        result.graph.input.append(_like(output, COTANGENT, elem_type))
    else:
        _refuse_single_score(facts, logits.name, loss)
        seed = _add_loss(result.graph, emit, loss, logits.name, elem_type)
    seed = guarded(emit, facts, path.nodes, seed, elem_type)
    gradients = backpropagate(path, emit, facts, logits=logits.name, seed=seed, sources=sources)
    public = {name: own_name(f"{name}_gradient") for name in sources}
    public[image.name] = INPUT_GRADIENT
    for name in sources:
        own = public[name]
        emit.nodes.append(helper.make_node("Identity", [gradients[name]], [own], own))
        value = image if name == image.name else _described(facts, name)
        elem_type = value.type.tensor_type.elem_type
        gradient_type = elem_type if elem_type in _FLOATS else TensorProto.FLOAT
        result.graph.output.append(_like(value, own, gradient_type))
    store_emitted_sizes(emit, facts)
    emit.drop_unused({*(public[name] for name in sources), LOSS})
    result.graph.node.extend(emit.nodes)
    result.graph.initializer.extend(emit.initializers)
    inputs = {value.name for value in result.graph.input}
    known = (value for name, value in emit.shapes.items() if name not in inputs)
    result.graph.value_info.extend(known)
    publish(result.graph)
    return result


def _type_of(graph: onnx.GraphProto, facts: Facts, logits: str) -> int:
    """Return the type of the logits: as inferred, else as the output is declared.

    Raises
    ------
    ModelFormatError
        If neither is known.
    """
    declared = next(v.type.tensor_type.elem_type for v in graph.output if v.name == logits)
    elem_type = facts[logits].elem_type or int(declared)
    if not elem_type:
        raise ModelFormatError(
            f"the type of the output {logits!r} is neither declared nor to be inferred: the "
            "operators before it may not fit each other; export the model again"
        )
    return elem_type


def _refuse_single_score(facts: Facts, logits: str, loss: str) -> None:
    """Raise where there is no second class to compare with."""
    shape = facts[logits].shape
    if loss != "score" and shape is not None and set(shape[1:]) <= {1}:
        raise ModelError(
            f"the output {logits!r} is one number for each image, and the loss {loss!r} compares "
            "classes: take the loss 'cotangent', with a cotangent of 1 for its slope"
        )


def _add_loss(graph: onnx.GraphProto, emit: Emitter, loss: str, logits: str, elem_type: int) -> str:
    """Emit a loss with its inputs and output, and return the cotangent of the logits."""
    graph.input.append(helper.make_tensor_value_info(LABEL, TensorProto.INT64, ["N"]))
    # An input with an initializer is optional; its own name of an axis leaves it one row.
    graph.input.append(helper.make_tensor_value_info(LOGIT_SCALE, TensorProto.FLOAT, ["N_scale"]))
    graph.initializer.append(numpy_helper.from_array(np.ones(1, np.float32), LOGIT_SCALE))
    if loss == "margin":
        graph.input.append(helper.make_tensor_value_info(MARGIN, TensorProto.FLOAT, []))
        graph.initializer.append(numpy_helper.from_array(np.zeros((), np.float32), MARGIN))
    loss_type = TensorProto.FLOAT if elem_type in _HALVES else elem_type
    flat = emit.op("Flatten", logits, axis=1)
    if loss_type != elem_type:
        flat = emit.cast(flat, loss_type)
    emitted = emit_loss(loss, emit, flat, loss_type)
    emit.nodes.append(helper.make_node("Identity", [emitted.value], [LOSS], LOSS))
    graph.output.append(helper.make_tensor_value_info(LOSS, loss_type, ["N"]))
    cotangent = emitted.cotangent
    if loss_type != elem_type:
        cotangent = emit.cast(cotangent, elem_type)
    return emit.op("Reshape", cotangent, emit.op("Shape", logits))


def _expose(graph: onnx.GraphProto, facts: Facts, names: Sequence[str]) -> None:
    """Make tensors outputs of the graph, so that nothing is rewritten across them.

    Raises
    ------
    ModelError
        If the model has no such tensor.
    """
    inner = {name for node in graph.node for name in node.output}
    public = {value.name for value in (*graph.input, *graph.output)}
    for name in names:
        if name not in inner | public:
            raise ModelError(
                f"the model has no tensor {name!r} to differentiate with respect to"
                f"{_nearest(name, inner | public)}"
            )
        if name not in public:
            graph.output.append(_described(facts, name))


def _nearest(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=3)
    return f": did you mean {', '.join(map(repr, close))}?" if close else ""


def _described(facts: Facts, name: str) -> onnx.ValueInfoProto:
    """Return the description of a tensor as far as it is known."""
    fact = facts[name]
    shape = None
    if fact.shape is not None:
        dims = facts.dimensions(name) or fact.shape
        shape = [size if size is not None else f"{name}_{axis}" for axis, size in enumerate(dims)]
    return helper.make_tensor_value_info(name, fact.elem_type, shape)


def _fill_in_shapes(graph: onnx.GraphProto, facts: Facts) -> None:
    """Give outputs that came without a type or a shape the inferred ones."""
    for value in graph.output:
        tensor, fact = value.type.tensor_type, facts[value.name]
        if not tensor.elem_type:
            tensor.elem_type = fact.elem_type
        if not tensor.HasField("shape") and fact.shape is not None:
            shape = [
                size if size is not None else f"{value.name}_{axis}"
                for axis, size in enumerate(fact.shape)
            ]
            value.CopyFrom(helper.make_tensor_value_info(value.name, tensor.elem_type, shape))


def _like(value: onnx.ValueInfoProto, name: str, elem_type: int) -> onnx.ValueInfoProto:
    """Return a copy of an input's or output's description under another name and type."""
    copy = onnx.ValueInfoProto()
    copy.CopyFrom(value)
    copy.name = name
    copy.type.tensor_type.elem_type = elem_type
    return copy
