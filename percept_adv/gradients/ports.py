"""Which input is the image and which output the logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from onnx import TensorProto

from percept_adv.errors import AmbiguousModelError, ModelError
from percept_adv.gradients.labels_only import scores_of_the_best

if TYPE_CHECKING:
    from collections.abc import Iterable

    import onnx

Layout = Literal["NCHW", "NHWC"]
CHANNEL_AXIS: dict[Layout, int] = {"NCHW": 1, "NHWC": 3}

_IMAGE_TYPES = frozenset(
    {
        TensorProto.FLOAT,
        TensorProto.DOUBLE,
        TensorProto.FLOAT16,
        TensorProto.BFLOAT16,
        TensorProto.UINT8,
        TensorProto.INT8,
    }
)
_LOGIT_TYPES = _IMAGE_TYPES - {TensorProto.UINT8, TensorProto.INT8}
_EXPORT = "export the model with its scores as one tensor of floats"
_FITTING = {
    "input": "images enter as floats or 8-bit integers: put a Cast in front of the model",
    "output": _EXPORT,
}


def choose_input(graph: onnx.GraphProto, name: str | None = None) -> onnx.ValueInfoProto:
    """Return the image input: the named one, or the only candidate.

    Candidates are inputs of real numbers or of 8-bit integers; inputs with a stored default
    value do not count. Those of four dimensions are preferred, then those of at least two.

    Raises
    ------
    ModelError
        If there is no such input.
    AmbiguousModelError
        If there are several.
    """
    inputs = true_inputs(graph)
    if name is not None:
        return _named(inputs, name, "input")
    fitting = image_inputs(graph)
    fitting = [value for value in fitting if _rank(value) == 4] or fitting
    fitting = [value for value in fitting if _rank(value) not in {0, 1}] or fitting
    return _only(fitting, inputs, "input")


def true_inputs(graph: onnx.GraphProto) -> list[onnx.ValueInfoProto]:
    """Return the inputs that have to be given: those without a stored default value."""
    stored = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in stored]


def image_inputs(graph: onnx.GraphProto) -> list[onnx.ValueInfoProto]:
    """Return the inputs of real numbers or of 8-bit integers."""
    return [
        value for value in true_inputs(graph) if value.type.tensor_type.elem_type in _IMAGE_TYPES
    ]


def shown_port(value: onnx.ValueInfoProto) -> str:
    """Return an input or output in words: its name, type and dimensions."""
    kind = value.type.WhichOneof("value")
    if kind not in {None, "tensor_type"}:
        return f"{value.name!r} ({kind.removesuffix('_type')})"
    tensor = value.type.tensor_type
    known = tensor.elem_type in TensorProto.DataType.values()
    name = TensorProto.DataType.Name(tensor.elem_type).lower() if known else "?"
    kind = {"float": "float32", "double": "float64"}.get(name, name)
    sizes = [str(d.dim_value) if d.dim_value > 0 else d.dim_param or "?" for d in tensor.shape.dim]
    shape = f"[{', '.join(sizes)}]" if tensor.HasField("shape") else "of any shape"
    return f"{value.name!r} ({kind} {shape})"


def choose_output(graph: onnx.GraphProto, name: str | None = None) -> onnx.ValueInfoProto:
    """Return the output with the logits: the named one, or the only candidate.

    Candidates are outputs of real numbers; where there are several, those that hold more than
    the best scores are preferred, then the ones of rank 2.

    Raises
    ------
    ModelError
        If there is no such output.
    AmbiguousModelError
        If there are several.
    """
    outputs = list(graph.output)
    if name is not None:
        return _named(outputs, name, "output")
    fitting = [
        value
        for value in outputs
        if _is_tensor(value)
        and value.type.tensor_type.elem_type in _LOGIT_TYPES | {TensorProto.UNDEFINED}
    ]
    if len(fitting) > 1:
        complete = [one for one in fitting if scores_of_the_best(graph, one.name) is None]
        fitting = complete or fitting
        fitting = [value for value in fitting if _rank(value) == 2] or fitting
    return _only(fitting, outputs, "output")


def dimensions_of(value: onnx.ValueInfoProto) -> list[int | None]:
    """Return the dimensions of an input or output, None for each that is not fixed."""
    return [
        d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None
        for d in value.type.tensor_type.shape.dim
    ]


def shown_layout(value: onnx.ValueInfoProto) -> Layout | None:
    """Return the layout of an image input as its shape shows it; None where it shows none.

    Channels are 1, 3 or 4; where both ends could be, they stand in front.
    """
    dimensions = dimensions_of(value)
    if len(dimensions) != 4:
        return None
    return next(
        (name for name, axis in CHANNEL_AXIS.items() if dimensions[axis] in {1, 3, 4}), None
    )


def with_image_size(
    graph: onnx.GraphProto, name: str | None, height: int | None, width: int | None
) -> None:
    """Fix the free height and width of an image input, in place.

    Parameters
    ----------
    graph
        It is changed.
    name
        Of the image input; None where there is only one that fits.
    height, width
        In pixels; None leaves it free.

    Raises
    ------
    ModelError
        If the shape does not show which axes these are, or fixes another size.

    Examples
    --------
    >>> from onnx import parser
    >>> from percept_adv.gradients import with_image_size
    >>> graph = parser.parse_graph("g (float[N, 3, H, W] x) => (float[N] y) { y = ReduceMax (x) }")
    >>> with_image_size(graph, None, 224, 224)
    >>> [size.dim_value for size in graph.input[0].type.tensor_type.shape.dim]
    [0, 3, 224, 224]
    """
    value = choose_input(graph, name)
    layout = shown_layout(value)
    if layout is None:
        raise ModelError(
            f"the shape of the input {value.name!r} does not show its height and width: the "
            "channels (1, 3 or 4) have to be fixed"
        )
    dims = value.type.tensor_type.shape.dim
    first = 2 if layout == "NCHW" else 1
    for axis, size in ((first, height), (first + 1, width)):
        own = dims[axis].dim_value if dims[axis].HasField("dim_value") else 0
        if size is not None and own > 0 and own != size:
            raise ModelError(f"the input {value.name!r} has a fixed size of {own}, not {size}")
        if size is not None:
            dims[axis].dim_value = size


def _is_tensor(value: onnx.ValueInfoProto) -> bool:
    """Whether an input or output is no sequence, map or optional, as far as it is told."""
    return value.type.WhichOneof("value") in {None, "tensor_type"}


def _rank(value: onnx.ValueInfoProto) -> int | None:
    tensor = value.type.tensor_type
    return len(tensor.shape.dim) if tensor.HasField("shape") else None


def _names(values: Iterable[onnx.ValueInfoProto]) -> str:
    return ", ".join(repr(value.name) for value in values) or "none"


def _named(values: list[onnx.ValueInfoProto], name: str, kind: str) -> onnx.ValueInfoProto:
    for value in values:
        if value.name == name:
            if not _is_tensor(value):
                raise ModelError(f"the {kind} {shown_port(value)} is no tensor; {_EXPORT}")
            return value
    raise ModelError(f"the model has no {kind} {name!r}; it has: {_names(values)}")


def _only(
    fitting: list[onnx.ValueInfoProto], values: list[onnx.ValueInfoProto], kind: str
) -> onnx.ValueInfoProto:
    if not fitting:
        has = ", ".join(shown_port(value) for value in values) or "none"
        raise ModelError(
            f"no {kind} of the model fits a classifier; it has: {has}; {_FITTING[kind]}"
        )
    if len(fitting) > 1:
        raise AmbiguousModelError(
            f"the model has several {kind}s that fit: {_names(fitting)}; choose one by name "
            f"(--{kind}-name NAME; {kind}_name in Python)"
        )
    return fitting[0]
