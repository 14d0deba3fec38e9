"""Speed of gradient graphs against PyTorch eager and against onnxruntime's forward pass.

For each network and batch, in one run and in turns: forward and input gradient by the
gradient graph, as the library runs it (photographs one by one, side by side); forward and
input-only backward by PyTorch eager, weights without gradients; forward alone by onnxruntime, the
whole batch at once and as it comes from the box; forward alone in the same way as the gradient.
Medians over the repetitions, and geometric means of ratios.

    python benchmarks/gradients_speed.py resnet50 mobilenet_v2 --batches 1 8
"""

import os

import numpy as np
import torch
from shared import CLOCKS, add_clock, best_ratio, cpu_session, in_turn, median_ratio, parser_of
from torch_networks import export, make, randomize

from percept_adv.classifier.batching import run_in_batches
from percept_adv.gradients import build_gradient_graph
from percept_adv.runtime import Session
from percept_adv.threads import THREADS_VARIABLE

NETWORKS = [
    "resnet50",
    "inception_v3",
    "mobilenet_v2",
    "efficientnet_b0",
    "convnext_tiny",
    "vit_b_16",
    "densenet121",
    "swin_t",
]

PAUSE = 0.05
"""Seconds before each run: the threads of the run before it spin for a while, and would take a
processor from it."""


def measure(name, batches, exporter, threads, seconds, clock):
    generator = torch.Generator().manual_seed(0)
    net, size = make("torchvision", name)
    randomize(net, size, generator)
    net.requires_grad_(requires_grad=False)
    model = export(net, torch.randn(2, *size, generator=generator), exporter, 18)
    forward = cpu_session(model, threads)
    backward, alike = Session(build_gradient_graph(model)), Session(model)
    for batch in batches:
        image = torch.randn(batch, *size, generator=generator)
        cotangent = torch.randn(batch, 1000, generator=generator)
        x, c = image.numpy(), cotangent.numpy()

        def peer(image=image, cotangent=cotangent):
            leaf = image.clone().requires_grad_()
            (net(leaf) * cotangent).sum().backward()

        runs = {
            "ours": lambda feeds={"x": x, "cotangent": c}: run_in_batches(
                backward, feeds, ["input_gradient"], None
            ),
            "torch": peer,
            "forward": lambda x=x: forward.run(None, {"x": x}),
            "alike": lambda x=x: run_in_batches(alike, {"x": x}, ["y"], None),
        }
        times = in_turn(runs, seconds=seconds, clock=clock, pause=PAUSE)
        against = [median_ratio(times, "ours", key) for key in ("torch", "forward", "alike")]
        print(
            f"{name:16} batch {batch}: {min(times['ours']):.3f} s, of torch {against[0]:.2f} "
            f"(best {best_ratio(times, 'ours', 'torch'):.2f}), of forward {against[1]:.2f} "
            f"(best {best_ratio(times, 'ours', 'forward'):.2f}), of forward in the same way "
            f"{against[2]:.2f}, {len(times['ours'])} runs",
            flush=True,
        )
        yield against


def main():
    parser = parser_of(__doc__)
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--exporter", choices=["script", "dynamo"], default="dynamo")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    add_clock(parser)
    args = parser.parse_args()
    clock = CLOCKS[args.clock]
    torch.set_num_threads(args.threads)
    os.environ[THREADS_VARIABLE] = str(args.threads)
    ratios = []
    for name in args.networks or NETWORKS:
        ratios += measure(name, args.batches, args.exporter, args.threads, args.seconds, clock)
    means = np.exp(np.log(np.array(ratios)).mean(axis=0))
    print(
        f"geometric mean: of torch {means[0]:.2f}, of forward {means[1]:.2f}, "
        f"in the same way {means[2]:.2f}"
    )


if __name__ == "__main__":
    main()
