"""What can be said of a model before its gradient graph is built."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from onnx import TensorProto

from percept_adv.errors import UnsupportedOperatorError
from percept_adv.gradients.backward import GradientPath, advice, disconnected
from percept_adv.gradients.builder import differentiate
from percept_adv.gradients.canonical import Canonical, canonicalize
from percept_adv.gradients.loading import Folder, ModelOrFile, load_model
from percept_adv.gradients.logits import OutputKind, output_kind
from percept_adv.gradients.naming import with_free_names
from percept_adv.gradients.ports import choose_input, choose_output, shown_layout

if TYPE_CHECKING:
    import onnx


@dataclass(frozen=True)
class OperatorUse:
    """A node whose operator has no gradient rule.

    Attributes
    ----------
    op_type, domain
        Its name; the domain of the standard operators is empty.
    opset
        Version of the domain's operators.
    node
        Name of the node.
    """

    op_type: str
    domain: str
    opset: int
    node: str

    @property
    def advice(self) -> str:
        """What a user can do about it."""
        return advice(self.domain, self.op_type)


@dataclass(frozen=True)
class Port:
    """An input or output of a model.

    Attributes
    ----------
    name
        Of the tensor.
    elem_type
        Such as ``float32``.
    shape
        Sizes, or names of those that are free; None where nothing is known.
    """

    name: str
    elem_type: str
    shape: tuple[int | str, ...] | None


@dataclass(frozen=True)
class GradientReport:
    """What was found in a model.

    Attributes
    ----------
    unsupported : tuple of OperatorUse
        Nodes between the image and the logits without a rule; empty if a gradient
        graph can be built.
    connected : bool
        Whether a gradient can flow from the logits to the image.
    refusal : str or None
        Why no gradient graph can be built, other than for operators without a rule.
    operators : dict
        How often each operator occurs in the whole model, by ``domain::name``.
    opset : int
        Version of the standard operators.
    size : int
        Bytes of the stored weights.
    input, output : Port
        The image input and the output with the class scores.
    output_kind : {"logits", "probabilities"}
        Judged by the operator that the output comes from.
    layout : {"NCHW", "NHWC", "unknown"}
        Guessed from the input's shape.
    """

    unsupported: tuple[OperatorUse, ...]
    connected: bool
    refusal: str | None
    operators: dict[str, int]
    opset: int
    size: int
    input: Port
    output: Port
    output_kind: OutputKind
    layout: str

    @property
    def supported(self) -> bool:
        """Whether a gradient graph can be built."""
        return self.connected and not self.unsupported and self.refusal is None


def check_model(
    model: ModelOrFile,
    *,
    input_name: str | None = None,
    output_name: str | None = None,
    weights_folder: Folder | None = None,
    inline_limit: int | None = None,
) -> GradientReport:
    """Report what a model holds and every operator that its gradient would lack.

    Parameters
    ----------
    model : ModelProto or path
    input_name, output_name : str, optional
        The image input and the logits, where the model has several that fit.
    weights_folder : path, optional
        Where the files with external weights are: by default beside the model's file, for
        a ModelProto in the current folder.
    inline_limit : int, optional
        Bytes of external weights up to which they are read into the model, 1.5 GB by default.

    Returns
    -------
    GradientReport
        What was found.

    Raises
    ------
    ModelFormatError, AmbiguousModelError, ModelError
        As ``build_gradient_graph``; operators without a rule are reported, not raised.

    Examples
    --------
    >>> from percept_adv.gradients import check_model
    >>> report = check_model(model)
    >>> report.unsupported, report.input.name, report.output_kind
    ((), 'images', 'logits')
    """
    source = load_model(model, weights_folder=weights_folder, inline_limit=inline_limit)
    image = choose_input(source.graph, input_name)
    scores = choose_output(source.graph, output_name)
    canonical = canonicalize(with_free_names(source))
    path = GradientPath(canonical.model, canonical.facts, sources=[image.name], logits=scores.name)
    unsupported = path.without_rule()
    connected = image.name in path.tensors and scores.name in path.tensors
    refusal = None
    if not connected:
        refusal = str(disconnected(path, sources=[image.name], logits=scores.name))
    elif not unsupported:
        refusal = _refusal(canonical, image, scores.name)
    opsets = {entry.domain or "": entry.version for entry in source.opset_import}
    return GradientReport(
        unsupported=tuple(
            OperatorUse(
                node.op_type,
                node.domain or "ai.onnx",
                opsets.get(node.domain, 1),
                node.name or node.output[0],
            )
            for node in unsupported
        ),
        connected=connected,
        refusal=refusal,
        operators=dict(
            Counter(
                f"{node.domain or 'ai.onnx'}::{node.op_type}" for node in source.graph.node
            ).most_common()
        ),
        opset=opsets.get("", opsets.get("ai.onnx", 0)),
        size=sum(_stored_bytes(tensor) for tensor in source.graph.initializer),
        input=_port(image),
        output=_port(scores),
        output_kind=output_kind(source, scores.name),
        layout=shown_layout(image) or "unknown",
    )


def _refusal(canonical: Canonical, image: onnx.ValueInfoProto, scores: str) -> str | None:
    """Build the graph, and return why that fails."""
    try:
        differentiate(canonical, image, scores, "cotangent")
    except UnsupportedOperatorError as error:
        return str(error)
    return None


def _stored_bytes(tensor: onnx.TensorProto) -> int:
    external = {entry.key: entry.value for entry in tensor.external_data}
    return int(external.get("length", 0)) or tensor.ByteSize()


def _port(value: onnx.ValueInfoProto) -> Port:
    tensor = value.type.tensor_type
    name = TensorProto.DataType.Name(tensor.elem_type).lower()
    shape = None
    if tensor.HasField("shape"):
        shape = tuple(
            dimension.dim_value if dimension.dim_value > 0 else dimension.dim_param or "?"
            for dimension in tensor.shape.dim
        )
    return Port(value.name, {"float": "float32", "double": "float64"}.get(name, name), shape)
