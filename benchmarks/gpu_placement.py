"""Claim: of gradient graphs and step graphs, CUDA takes every node but arithmetic on shapes.

Asks onnxruntime-gpu which provider it gives each node; a machine with a GPU is not needed::

    python benchmarks/gpu_placement.py --cuda-python ENVIRONMENT/bin/python
        [--models MODEL...] [--steps MODEL...] [--graphs GRAPH.onnx...]
        [--torchvision NAME...] [--timm NAME...]
        [--batch N] [--json FILE] [--table FILE]

ENVIRONMENT has ``onnxruntime-gpu[cuda,cudnn]``, ``nvidia-cublas`` and ``onnx`` (2.5 GB; x86-64
Linux, with gcc and nm). A model is a bundled one or a file: its gradient graph is built with
each loss. ``--steps`` are the steps of attacks on such models, each one graph. ``--graphs`` are
taken as they are. ``--torchvision`` and ``--timm`` export networks with random weights, or
``all`` of docs/networks.md. By default: ``--models all --steps all``. ``--batch`` fixes the
batch. Exit code 1 where something else than shapes stays on the CPU, or where onnxruntime refuses
to capture a step as a CUDA graph. With ``--json`` a run that was stopped goes on.
"""

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import onnx
import percept_adv_models as bundled
from shared import parser_of

from percept_adv import Classifier, attacks
from percept_adv.gradients import GraphLoss, build_gradient_graph

HERE = Path(__file__).parent
STEP = ", step of "
STEPS = ("cw", "scw", "pgd2", "qpgd2", "ddn", "sddn", "salma")


def main():
    arguments = read_arguments()
    records = []
    if arguments.json and arguments.json.exists():
        records = json.loads(arguments.json.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        for record in place_all(arguments, Path(folder), {one["graph"] for one in records}):
            records.append(record)
            if arguments.json:
                arguments.json.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    if arguments.table:
        arguments.table.write_text(table_of(records), encoding="utf-8")
    else:
        print(table_of(records), end="")
    return int(any(map(is_bad, records)))


def is_bad(record):
    """Whether something stays on the CPU that should not, or a step cannot be a CUDA graph."""
    if "error" in record or record["other"] or record["wide_copies"]:
        return True
    return STEP in record["graph"] and record["not_captured"] is not None


def read_arguments():
    parser = parser_of(__doc__)
    parser.add_argument("--cuda-python", required=True, help="the Python that has CUDA's packages")
    parser.add_argument("--models", nargs="*", default=[])
    parser.add_argument("--steps", nargs="*", default=[])
    parser.add_argument("--graphs", nargs="*", default=[], type=Path)
    parser.add_argument("--torchvision", nargs="*", default=[])
    parser.add_argument("--timm", nargs="*", default=[])
    parser.add_argument("--losses", nargs="+", choices=get_args(GraphLoss))
    parser.add_argument("--batch", type=int)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--table", type=Path)
    arguments = parser.parse_args()
    own = (arguments.models, arguments.steps, arguments.graphs)
    if not any((*own, arguments.torchvision, arguments.timm)):
        arguments.models = arguments.steps = ["all"]
    for given in (arguments.models, arguments.steps):
        if given == ["all"]:
            given[:] = bundled.names()
    return arguments


def place_all(arguments, folder, known):
    """Yield a record for each graph whose name is not known yet."""
    stubs = folder / "stubs"
    subprocess.run([arguments.cuda_python, HERE / "gpu_stubs.py", stubs], check=True)
    for name, made in graphs_of(arguments):
        if name in known:
            continue
        record = {"graph": name} | place(made, arguments.cuda_python, stubs, folder / "graph.onnx")
        print(line_of(record), file=sys.stderr, flush=True)
        yield record


def place(made, python, stubs, path):
    """Return what becomes of the nodes of a graph, or why there is none."""
    try:
        graph = made()
    except Exception as error:  # noqa: BLE001 (exporters raise many kinds)
        return {"error": " ".join(str(error).split())[:200]}
    for node in graph.graph.node:
        node.name = next(filter(None, node.output))
    onnx.save(graph, path)
    return placement(python, stubs, path)


def graphs_of(arguments):
    """Yield a name and what makes a graph for each that is asked for."""
    for path in arguments.graphs:
        yield path.name, partial(onnx.load, path)
    losses = arguments.losses or get_args(GraphLoss)
    for name in arguments.models:
        path = bundled.path(name) if name in bundled.names() else Path(name)
        model = with_batch(onnx.load(path), arguments.batch)
        for loss in losses:
            yield f"{path.stem}, {loss}", partial(build_gradient_graph, model, loss=loss)
    for name in arguments.steps:
        yield from steps_of(name, arguments.batch or 2)
    for family in ("torchvision", "timm"):
        for name in networks_of(family, getattr(arguments, family)):
            yield name, partial(gradient_of, family, name, arguments.batch)


def steps_of(name, batch):
    """Yield a name and what makes a graph for the step of each attack on images of noise."""
    classifier = Classifier(name, provider="cpu", at="network")
    height, width, channels = classifier.image_shape
    shape = (batch, height or 224, width or 224, channels)
    images = np.random.default_rng(0).random(shape, dtype=np.float32)
    request = attacks.AttackRequest(classifier, images, classifier.predict(images))
    for attack in STEPS:
        yield f"{Path(name).stem}{STEP}{attack}", partial(step_of, attack, request)


def step_of(attack, request):
    return attacks.export_step(attacks.make_rule(attack), request).model


def gradient_of(family, name, batch):
    return build_gradient_graph(with_batch(exported(family, name), batch), loss="logit_difference")


def networks_of(family, names):
    import gradients_networks_names as every

    return getattr(every, family.upper()) if names == ["all"] else names


def exported(family, name):
    """Return a network with random weights as ONNX."""
    import torch
    from torch_networks import EXPORTED_BATCH, export, make

    net, size = make(family, name)
    return export(net, torch.randn(EXPORTED_BATCH, *size), "script", 18)


def with_batch(model, batch):
    """Fix the batch of a model's inputs and outputs in place, and return it."""
    if batch is not None:
        for value in (*model.graph.input, *model.graph.output):
            if value.type.tensor_type.shape.dim:
                value.type.tensor_type.shape.dim[0].dim_value = batch
        del model.graph.value_info[:]
    return model


def placement(python, stubs, path):
    """Return what became of the nodes of a graph that is saved at a path."""
    command = [python, HERE / "gpu_assignment.py", stubs, path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return {key: value for key, value in found.items() if key != "model"}


def line_of(record):
    if "error" in record:
        return f"{record['graph']}: {record['error']}"
    return f"{record['graph']}: {record['cuda']} on CUDA, left {record['sizes'] | record['other']}"


def table_of(records):
    """Return the records as a Markdown table."""
    columns = ("graph", "nodes on CUDA", "on the CPU: sizes", "on the CPU: other")
    columns += ("copies, wide ones", "CUDA graph")
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for one in records:
        if "error" in one:
            lines.append(f"| {one['graph']} | not placed: {one['error']} | | | | |")
            continue
        left = [
            ", ".join(f"{count} {op_type}" for op_type, count in sorted(one[kind].items())) or "0"
            for kind in ("sizes", "other")
        ]
        cells = [
            one["graph"],
            one["cuda"],
            *left,
            f"{one['copies']}, {one['wide_copies']}",
            "taken" if one["not_captured"] is None else "refused",
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
