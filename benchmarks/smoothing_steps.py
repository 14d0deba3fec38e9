"""How accurate a number of fixed smoothing steps is: residual, and error of what is smoothed.

Smooths white noise, guided by the second half of a folder's photographs, in single precision, and
prints for each alpha and number of steps the bound on the residual, and the residual and the error
of the worst photograph with both kernels::

    python benchmarks/smoothing_steps.py FOLDER

With ``--graph`` it prints what one solve costs as an ONNX graph on the CPU provider, with one
thread: operators, numbers read and written for each number of an image, and seconds of the
processor, for the stencil and for the checkerboard::

    python benchmarks/smoothing_steps.py FOLDER --graph --batch 4
"""

import collections
import tempfile
import time
from dataclasses import fields, replace
from math import acosh, cosh, prod, sqrt
from pathlib import Path

import numpy as np
from shared import parser_of

from percept_adv import GuidedSmoother
from percept_adv.attacks.perceptual.checkerboard import Checkerboard
from percept_adv.attacks.perceptual.options import SmoothingOptions
from percept_adv.attacks.perceptual.smoothing import build_guidance
from percept_adv.attacks.perceptual.stencil import Stencil
from percept_adv.images import read_image
from percept_adv.solvers import chebyshev_steps
from percept_adv.tracing import Graph

KERNELS = {"laplacian": 10.0, "gaussian": 300.0}
ALPHAS = (0.95, 0.99, 0.997, 0.9999)
TOLERANCES = (1e-1, 1e-2, 1e-3)
SIZE = 299


def photographs(folder, count):
    """Return photographs of the second half of a folder, one at a time."""
    paths = sorted(Path(folder).glob("*.png"))
    for path in paths[len(paths) // 2 :][:count]:
        yield (read_image(path).samples[:SIZE, :SIZE] / 255).astype(np.float32)


def norm(values):
    return float(np.linalg.norm(values.astype(np.float64)))


def figures(guide, z, alpha, kernel, counts):
    """Return (residual, error of s_hat) of each number of steps, relative."""
    own = {"alpha": alpha, "kernel": kernel, "lam": KERNELS[kernel]}
    exact = GuidedSmoother(guide, tol=1e-9, **own).smooth(z.astype(np.float64))
    stencil = Stencil.build(guide[np.newaxis], SmoothingOptions(**own), per_channel=False)
    rows = []
    for steps in counts:
        options = SmoothingOptions(method="chebyshev", steps=steps, **own)
        fixed = build_guidance(guide[np.newaxis], options)
        found = fixed.smooth(z[np.newaxis], start=0 * z[np.newaxis])
        x = (found * fixed.normalizer).astype(np.float64)
        residual = z - (x - alpha * stencil.apply(x))[0] / (1 - alpha)
        rows.append((norm(residual) / norm(z), norm(found[0] - exact) / norm(exact)))
    return np.array(rows)


def print_accuracy(folder, count):
    print("| alpha | steps | bound | Laplacian: residual, error | Gaussian: residual, error |")
    for alpha in ALPHAS:
        counts = sorted({50, *(chebyshev_steps(alpha, tol) for tol in TOLERANCES)})
        worst = {kernel: np.zeros((len(counts), 2)) for kernel in KERNELS}
        for row, guide in enumerate(photographs(folder, count)):
            z = np.random.default_rng(row).standard_normal(guide.shape).astype(np.float32)
            for kernel, most in worst.items():
                np.maximum(most, figures(guide, z, alpha, kernel, counts), out=most)
        for place, steps in enumerate(counts):
            bound = sqrt(2) / cosh((steps + 1) * acosh(1 / alpha))
            parts = (", ".join(f"{value:.1e}" for value in worst[each][place]) for each in KERNELS)
            print(f"| {alpha:g} | {steps} | {bound:.1e} | " + " | ".join(parts) + " |", flush=True)


def traced(weights, shape, *, alpha, steps):
    """Return an ONNX model of a solve by a Stencil or a Checkerboard, and the weights by input."""
    graph, feeds = Graph(), {}

    def symbol(value):
        name = f"weight {len(feeds)}"
        feeds[name] = value
        return graph.input(name, value.shape, value.dtype)

    parts = {each.name: getattr(weights, each.name) for each in fields(weights)}
    own = {name: tuple(map(symbol, part)) for name, part in parts.items() if name != "offsets"}
    rhs, start = (graph.input(name, shape, np.float32) for name in ("rhs", "start"))
    x = replace(weights, **own).solve(rhs, alpha=alpha, steps=steps, start=start)
    return graph.model({"x": x}), feeds


def moved_numbers(model):
    """Return how many numbers the operators of an optimised graph read and write."""
    import onnx

    known = onnx.shape_inference.infer_shapes(model).graph
    sizes = {
        value.name: prod(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*known.value_info, *known.input, *known.output)
    }
    total = 0
    for node in model.graph.node:
        written = sum(sizes.get(name, 0) for name in node.output)
        if node.op_type == "Slice":
            total += 2 * written
        elif node.op_type not in ("Reshape", "Squeeze", "Unsqueeze"):
            total += written + sum(sizes.get(name, 0) for name in node.input)
    return total


def print_graphs(folder, batch, steps):
    import onnx
    import onnxruntime

    guides = np.stack(list(photographs(folder, batch)))
    z = np.random.default_rng(0).standard_normal(guides.shape).astype(np.float32)
    stencil = Stencil.build(guides, SmoothingOptions(), per_channel=False)
    for weights in (stencil, Checkerboard.of(stencil)):
        model, feeds = traced(weights, guides.shape, alpha=0.997, steps=steps)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        with tempfile.TemporaryDirectory() as folder_of_model:
            options.optimized_model_filepath = f"{folder_of_model}/optimised.onnx"
            session = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
            optimised = onnx.load(options.optimized_model_filepath)
        feeds |= {"rhs": z, "start": 0 * z}
        session.run(None, feeds)
        seconds = []
        for _ in range(3):
            begin = time.process_time()
            session.run(None, feeds)
            seconds.append(time.process_time() - begin)
        operators = collections.Counter(node.op_type for node in optimised.graph.node)
        print(
            f"{type(weights).__name__}: batch {batch}, {steps} steps, "
            f"{operators.total()} operators, "
            f"{moved_numbers(optimised) / z.size:.0f} numbers, {min(seconds):.2f} s "
            f"({', '.join(f'{count} {name}' for name, count in operators.most_common())})",
            flush=True,
        )


def main():
    parser = parser_of(__doc__)
    parser.add_argument("folder")
    parser.add_argument("--images", type=int, help="so many photographs (default: all)")
    parser.add_argument("--graph", action="store_true", help="cost as an ONNX graph instead")
    parser.add_argument("--batch", type=int, default=1, help="images in the graph")
    parser.add_argument("--steps", type=int, default=107, help="steps in the graph")
    arguments = parser.parse_args()
    if arguments.graph:
        print_graphs(arguments.folder, arguments.batch, arguments.steps)
    else:
        print_accuracy(arguments.folder, arguments.images)


if __name__ == "__main__":
    main()
