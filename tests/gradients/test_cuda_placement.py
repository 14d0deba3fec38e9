"""CUDA takes every node of gradient graphs; seen without a GPU, see docs/gpu.md."""

import json
import os
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from test_known_sizes import transformer

VARIABLE = "PERCEPT_ADV_CUDA_PYTHON"
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu_placement.py"

pytestmark = pytest.mark.large


@pytest.fixture(scope="module")
def cuda_python():
    python = os.environ.get(VARIABLE)
    if python is None:
        pytest.skip(f"{VARIABLE} names no Python that has onnxruntime-gpu[cuda,cudnn]")
    return python


def place(cuda_python, folder, *options):
    """Run the script and return its exit code and records."""
    path = folder / "placement.json"
    path.unlink(missing_ok=True)
    command = [sys.executable, SCRIPT, "--cuda-python", cuda_python, "--json", path, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert path.exists(), done.stderr
    return done.returncode, json.loads(path.read_text(encoding="utf-8"))


def test_no_node_of_a_bundled_models_graphs_is_left_to_the_cpu(cuda_python, tmp_path):
    """Gradient graphs with each loss, and the step of each attack that can be a graph."""
    code, records = place(cuda_python, tmp_path)
    assert code == 0
    assert len(records) == 4 * (5 + 7)
    for record in records:
        assert (record["sizes"], record["other"], record["copies"]) == ({}, {}, 0), record
        assert record["cuda"] >= 20
        assert record["not_captured"] is None


def test_the_script_tells_what_cuda_leaves_to_the_cpu(cuda_python, tmp_path):
    """CUDA has no MaxUnpool: the script has to see it, and what is copied for it."""
    model = onnx.parser.parse_model(
        """<ir_version: 8, opset_import: ["" : 18]>
        g (float[2, 3, 8, 8] x) => (float[2, 3, 8, 8] y) {
            p, i = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (x)
            q = Relu (p)
            y = MaxUnpool <kernel_shape = [2, 2], strides = [2, 2]> (q, i)
        }"""
    )
    onnx.save(model, tmp_path / "unpool.onnx")
    code, (record,) = place(cuda_python, tmp_path, "--graphs", tmp_path / "unpool.onnx")
    assert (code, record["other"]) == (1, {"MaxUnpool": 1})
    assert record["wide_copies"] >= 2
    assert "graph capture feature" in record["not_captured"]


def test_a_transformer_leaves_nothing_once_its_batch_is_fixed(cuda_python, tmp_path):
    onnx.save(transformer(), tmp_path / "tokens.onnx")
    options = ["--models", tmp_path / "tokens.onnx", "--losses", "margin"]
    code, (free,) = place(cuda_python, tmp_path, *options)
    assert (code, free["other"], free["wide_copies"]) == (0, {}, 0)
    code, (fixed,) = place(cuda_python, tmp_path, *options, "--batch", "4")
    assert (code, fixed["sizes"], fixed["other"]) == (0, {}, {})
