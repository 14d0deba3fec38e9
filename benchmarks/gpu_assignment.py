"""Which provider onnxruntime-gpu gives each node of a model, as a line of JSON for each model.

    CUDA_PYTHON benchmarks/gpu_assignment.py STUBS MODEL.onnx...

STUBS is a folder that gpu_stubs.py made; nothing is run. Each line also says why onnxruntime does
not take the model for CUDA graphs, null if it does. See gpu_placement.py, which calls both.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
LOADED = "PERCEPT_ADV_STUBS"
FEW = 64
"""Elements of the largest stored tensor that counts as sizes and positions."""
KEEPING = frozenset(
    {"Abs", "Add", "And", "Cast", "Ceil", "Concat", "Div", "Equal", "Floor", "Gather", "Greater"}
    | {"Identity", "Less", "Max", "Min", "Mod", "Mul", "Neg", "Not", "OneHot", "Or", "ReduceProd"}
    | {"ReduceSum", "Reshape", "Slice", "Split", "Squeeze", "Sub", "Unsqueeze", "Where"}
)
"""Operators whose outputs are about as small as their inputs."""


def assign(path):
    """Return the nodes of each provider, and what is copied between them."""
    import onnx
    import onnxruntime

    onnxruntime.preload_dlls(cudnn=False)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder) / "optimized.onnx")
        session = onnxruntime.InferenceSession(path, options, providers=[CUDA, CPU])
        if CUDA not in session.get_providers():
            sys.exit("the stubs were not taken: this session has no CUDA")
        optimized = onnx.load(options.optimized_model_filepath, load_external_data=False)
    counted = counted_tensors(optimized.graph)
    sizes = {node.name for node in optimized.graph.node if counted.issuperset(node.output)}
    nodes = {name: [] for name in (CUDA, CPU)}
    for group in session.get_provider_graph_assignment_info():
        nodes[group.ep_name].extend(group.get_nodes())
    copied = [node.input[0] for node in optimized.graph.node if node.op_type.startswith("Memcpy")]
    return {
        "model": path,
        "onnxruntime": onnxruntime.__version__,
        "cuda": len(nodes[CUDA]),
        "sizes": Counter(node.op_type for node in nodes[CPU] if node.name in sizes),
        "other": Counter(node.op_type for node in nodes[CPU] if node.name not in sizes),
        "copies": len(copied),
        "wide_copies": sum(name not in counted for name in copied),
        "not_captured": capture_refusal(path),
    }


def capture_refusal(path):
    """Return why a session of the model that shall capture CUDA graphs is refused."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(
            path, options, providers=[(CUDA, {"enable_cuda_graph": "1"}), CPU]
        )
    except Exception as error:  # noqa: BLE001 (onnxruntime has no class for it)
        return " ".join(str(error).split())
    return None


def counted_tensors(graph):
    """Return the tensors that hold a few numbers made from nothing but sizes of tensors."""
    few = {tensor.name for tensor in graph.initializer if math.prod(tensor.dims) <= FEW}
    counted = set()
    for node in graph.node:
        inputs = set(filter(None, node.input))
        arithmetic = node.op_type in KEEPING and inputs <= counted | few and inputs & counted
        if node.op_type in {"Shape", "Size"} or arithmetic:
            counted.update(node.output)
    return counted


def with_stubs(stubs, path):
    """Assign one model's nodes in a process that has loaded the stubs."""
    libraries = f"{stubs}/libstubcuda.so:{stubs}/libcudnn.so.9"
    environment = {**os.environ, LOADED: "1", "LD_LIBRARY_PATH": stubs, "LD_PRELOAD": libraries}
    command = [sys.executable, __file__, stubs, path]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return json.dumps({"model": path, "error": reason[-1]})
    return done.stdout.strip()


if __name__ == "__main__":
    if os.environ.get(LOADED):
        print(json.dumps(assign(sys.argv[2])), flush=True)
        os._exit(0)  # The stubs free nothing properly.
    for path in sys.argv[2:]:
        print(with_stubs(str(Path(sys.argv[1]).resolve()), path), flush=True)
