"""Peak memory of a gradient graph, beside that of the forward pass alone.

Each runs in a process of its own; what onnxruntime and the weights take before the first
run is told apart from what the run adds, which is the activations.

    PYTHONPATH=. python benchmarks/gradients_memory.py --network inception_v3 --batch 8
"""

import multiprocessing
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from shared import parser_of, peak_bytes


def main():
    parser = parser_of(__doc__)
    parser.add_argument("--network", default="inception_v3", help="a torchvision classifier")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("forward.onnx", "gradient.onnx")]
        in_own_process(write_models, args.network, *paths)
        added = [in_own_process(peaks, path, args.batch, args.threads) for path in paths]
    for path, (before, after) in zip(paths, added, strict=True):
        print(f"{path.stem:8} {before:5.0f} MiB loaded, {after:5.0f} MiB at the peak")
    (before, after), (gradient_before, gradient_after) = added
    print(f"peak {gradient_after / after:.2f} of the forward pass alone,")
    if after > before:
        print(f"what the run adds {(gradient_after - gradient_before) / (after - before):.2f}")


def in_own_process(function, *arguments):
    """Return what a function returns in a process that has done nothing before."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def write_models(network, forward, gradient):
    """Export a network with random weights, and write its gradient graph."""
    # PyTorch would count as memory of the processes that measure.
    import torch
    from torch_networks import export, make, randomize

    from percept_adv.gradients import build_gradient_graph

    model, size = make("torchvision", network)
    generator = torch.Generator().manual_seed(0)
    randomize(model, size, generator)
    exported = export(model, torch.randn(2, *size, generator=generator), "script", 18)
    onnx.save(exported, forward)
    onnx.save(build_gradient_graph(exported), gradient)


def peaks(path, batch, threads):
    """Return the greatest resident memory before and after three runs, in MiB (Linux)."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # As the library's sessions have it: a plan of the memory would be a second block beside
    # what the first run has filled.
    options.enable_mem_pattern = False
    session = ort.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    before = peak_bytes() / 2**20
    random = np.random.default_rng(0)
    feeds = {}
    for value in session.get_inputs():
        shape = [size if isinstance(size, int) else batch for size in value.shape]
        feeds[value.name] = random.random(shape, dtype=np.float32)
    for _ in range(3):
        session.run(None, feeds)
    return before, peak_bytes() / 2**20


if __name__ == "__main__":
    main()
