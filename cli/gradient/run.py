"""What ``percept-adv gradient`` does: look at a model, differentiate it, write the graph."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_json, print_kept, print_note

from percept_adv.classifier import find_model, pipeline_of_model, record_of
from percept_adv.errors import ModelError, OutputError, UnsupportedOperatorError
from percept_adv.gradients import (
    GradientReport,
    build_gradient_graph,
    check_model,
    expose_logits,
    external_tensors,
    load_model,
    with_constant_inputs,
    with_image_size,
)
from percept_adv.provenance import Origin, Output, file_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import onnx
    from numpy.typing import ArrayLike

    from percept_adv.gradients import OperatorUse, Port
    from percept_adv.pipeline import Pipeline

_PROTOBUF_LIMIT = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Ports:
    """The names that the user chose for the image input and the class scores, if any."""

    input_name: str | None
    output_name: str | None


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the user fixes, if anything: the size of the image, and other inputs."""

    height: int | None
    width: int | None
    constants: Mapping[str, ArrayLike]

    def fixed_in(self, path: Path, ports: Ports) -> Path | onnx.ModelProto:
        """Return the model with all this fixed; its path where nothing is."""
        if self.height is None and self.width is None and not self.constants:
            return path
        model = with_constant_inputs(load_model(path), self.constants, input_name=ports.input_name)
        if self.height is not None or self.width is not None:
            with_image_size(model.graph, ports.input_name, self.height, self.width)
        return model

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        constants = {"constants": record_of(self.constants)} if self.constants else {}
        return {"height": self.height, "width": self.width, **constants}

    def advice(self, report: GradientReport) -> str:
        """Return what would mend a refusal, where the size of the image is free."""
        free = (
            report.connected
            and report.input.shape is not None
            and any(isinstance(size, str) for size in report.input.shape[1:])
        )
        return " (fix the size of the image with --height and --width)" if free else ""


def check_gradient(model: str, ports: Ports, fixed: Fixed, *, as_json: bool) -> ExitCode:
    """Report what a model holds, and what its gradient would lack."""
    source = find_model(model)
    sized = fixed.fixed_in(source.path, ports)
    report = check_model(sized, weights_folder=source.path.parent, **asdict(ports))
    if report.refusal is not None:
        report = replace(report, refusal=report.refusal + fixed.advice(report))
    pipeline = _pipeline(model, report.input.name)
    origin = "catalogue" if source.card else "guessed"
    if as_json:
        print_json(
            {
                "model": model,
                "path": str(source.path),
                "supported": report.supported,
                **asdict(report),
                "pipeline": None if isinstance(pipeline, str) else pipeline.table(),
                "pipeline_from": None if isinstance(pipeline, str) else origin,
            }
        )
    else:
        for line in _lines(model, report, pipeline, origin):
            click.echo(line)
    return ExitCode.FINE if report.supported else ExitCode.MODEL_NOT_SUPPORTED


def _pipeline(model: str, input_name: str) -> Pipeline | str:
    """Return the pipeline as far as it is known, else why it is not."""
    try:
        return pipeline_of_model(model, input_name=input_name)
    except ModelError as error:
        return str(error)


def _lines(
    model: str, report: GradientReport, pipeline: Pipeline | str, origin: str
) -> Iterator[str]:
    yield f"model      {model}: opset {report.opset}, {report.size / 1e6:.1f} MB of weights"
    yield f"input      {_port(report.input)}"
    yield f"output     {_port(report.output)}: {report.output_kind}"
    if isinstance(pipeline, str):
        yield f"pipeline   unknown: {pipeline}"
    else:
        words = "; ".join(pipeline.words())
        told = "from the catalogue" if origin == "catalogue" else "guessed"
        yield f"pipeline   {words} ({told})"
    yield "operators  " + ", ".join(
        f"{name.removeprefix('ai.onnx::')} {count}" for name, count in report.operators.items()
    )
    for use in report.unsupported:
        yield f"gradient   NO RULE for {_use(use)}"
    for advice in dict.fromkeys(use.advice for use in report.unsupported):
        yield f"           {advice}"
    if report.refusal is not None:
        yield f"gradient   NOT POSSIBLE: {report.refusal}"
    if report.supported:
        yield "gradient   possible"


def _port(port: Port) -> str:
    return f"{port.name!r} {port.elem_type} {list(port.shape) if port.shape else 'of any shape'}"


def _use(use: OperatorUse) -> str:
    return f"{use.domain}::{use.op_type} (opset {use.opset}), node {use.node!r}"


def write_gradient(
    model: str,
    ports: Ports,
    fixed: Fixed,
    file: Path,
    loss: str,
    *,
    wrt: tuple[str, ...],
    overwrite: bool,
    as_json: bool,
) -> ExitCode:
    """Differentiate a model and write the graph whole, or not at all.

    Raises
    ------
    ExistingOutputError
        If another graph stands there.
    """
    source = find_model(model)
    folder = source.path.parent
    sized = fixed.fixed_in(source.path, ports)
    report = check_model(sized, weights_folder=folder, **asdict(ports))
    if report.connected and report.refusal is not None:
        raise UnsupportedOperatorError(report.refusal + fixed.advice(report))
    made_with = {
        "loss": loss,
        "input": report.input.name,
        "output": report.output.name,
        "wrt": list(wrt),
        **fixed.record(),
    }
    hashes = {"model": file_sha256(source.path)}
    output = Output.beside(Origin("gradient", hashes, made_with), file)
    record = None if overwrite else output.kept()
    if record is not None:
        print_kept([file])
        _tell({**record, "status": "kept"}, as_json=as_json)
        return ExitCode.FINE
    inner = sized
    if report.output_kind == "probabilities":
        inner = _without_probabilities(sized, folder, report.output.name, loss)
    graph = build_gradient_graph(inner, loss=loss, wrt=wrt, weights_folder=folder, **asdict(ports))
    _refuse_lost_weights(graph, source.path, file)
    content = graph.SerializeToString()
    figures: dict[str, Any] = {
        "model": model,
        "output": str(file),
        "loss": loss,
        "inputs": [value.name for value in graph.graph.input],
        "outputs": [value.name for value in graph.graph.output],
        "output_kind": report.output_kind,
        "nodes_before": sum(report.operators.values()),
        "nodes": len(graph.graph.node),
        "bytes": len(content),
    }
    record = output.write(figures, lambda part: part.write_bytes(content))
    _tell({**record, "status": "written"}, as_json=as_json)
    return ExitCode.FINE


def _tell(record: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(record)
    else:
        click.echo(
            f"{record['output']}: {record['nodes']} nodes ({record['nodes_before']} in the model), "
            f"{record['bytes'] / 1e6:.1f} MB; inputs {', '.join(record['inputs'])}; outputs "
            f"{', '.join(record['outputs'])}"
        )


def _without_probabilities(
    model: Path | onnx.ModelProto, folder: Path, output: str, loss: str
) -> Path | onnx.ModelProto:
    """Give a loss the logits behind probabilities; a cotangent belongs to the model's output."""
    if loss == "cotangent":
        print_note(
            f"output {output!r} holds probabilities, not logits: input_gradient is that of the "
            "probabilities; the losses use the log-odds"
        )
        return model
    print_note(
        f"output {output!r} holds probabilities, not logits: the final Softmax or Sigmoid is "
        "left out, so that it and the loss are of the log-odds"
    )
    return expose_logits(model, output_name=output, weights_folder=folder)


def _refuse_lost_weights(graph: onnx.ModelProto, source: Path, file: Path) -> None:
    """Refuse a file that would not find the weights that stay beside the model."""
    if external_tensors(graph) and file.resolve().parent != source.resolve().parent:
        raise OutputError(
            f"cannot write {file}: the weights of {source} are too large to be copied and stay in "
            f"files beside it; write the gradient graph into {source.resolve().parent}"
        )
    if graph.ByteSize() > _PROTOBUF_LIMIT:
        raise OutputError(
            f"cannot write {file}: {graph.ByteSize() / 1e9:.1f} GB do not fit an ONNX file; store "
            f"the weights of {source} as external data first"
        )
