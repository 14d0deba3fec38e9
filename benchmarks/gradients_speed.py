"""Speed of gradient graphs against PyTorch eager and against onnxruntime's forward pass.

For each network and batch, in one run and in turns: forward and input gradient by the
gradient graph; forward and input-only backward by PyTorch eager, weights without gradients;
forward alone by onnxruntime. Medians over the repetitions, and geometric means of ratios.

    python benchmarks/gradients_speed.py resnet50 mobilenet_v2 --batches 1 8
"""

import argparse
import statistics
import time

import numpy as np
import onnxruntime as ort
import torch
from gradients_one_network import export, make, randomize

from percept_adv.gradients import build_gradient_graph

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


def session(model, threads):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    return ort.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def timed(function, clock):
    start = clock()
    function()
    return clock() - start


def measure(name, batches, exporter, threads, seconds, clock):
    generator = torch.Generator().manual_seed(0)
    net, size = make("torchvision", name)
    randomize(net, size, generator)
    net.requires_grad_(requires_grad=False)
    model = export(net, torch.randn(2, *size, generator=generator), exporter, 18)
    forward = session(model, threads)
    backward = session(build_gradient_graph(model), threads)
    for batch in batches:
        image = torch.randn(batch, *size, generator=generator)
        cotangent = torch.randn(batch, 1000, generator=generator)
        x, c = image.numpy(), cotangent.numpy()

        def peer(image=image, cotangent=cotangent):
            leaf = image.clone().requires_grad_()
            (net(leaf) * cotangent).sum().backward()

        runs = {
            "ours": lambda x=x, c=c: backward.run(["input_gradient"], {"x": x, "cotangent": c}),
            "torch": peer,
            "forward": lambda x=x: forward.run(None, {"x": x}),
        }
        for run in runs.values():
            run()
        times = {key: [] for key in runs}
        stop = time.perf_counter() + seconds
        while time.perf_counter() < stop or len(times["ours"]) < 3:
            for key, run in runs.items():
                times[key].append(timed(run, clock))
        against = [
            statistics.median(a / b for a, b in zip(times["ours"], times[key], strict=True))
            for key in ("torch", "forward")
        ]
        best = {key: min(values) for key, values in times.items()}
        print(
            f"{name:16} batch {batch}: {best['ours']:.3f} s, of torch {against[0]:.2f} "
            f"(best {best['ours'] / best['torch']:.2f}), of forward {against[1]:.2f} "
            f"(best {best['ours'] / best['forward']:.2f}), {len(times['ours'])} runs",
            flush=True,
        )
        yield against


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--exporter", choices=["script", "dynamo"], default="dynamo")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument(
        "--clock",
        choices=["wall", "cpu"],
        default="wall",
        help="cpu: processor time, for a busy machine; with --threads 1",
    )
    args = parser.parse_args()
    clock = time.perf_counter if args.clock == "wall" else time.process_time
    torch.set_num_threads(args.threads)
    ratios = []
    for name in args.networks or NETWORKS:
        ratios += measure(name, args.batches, args.exporter, args.threads, args.seconds, clock)
    means = np.exp(np.log(np.array(ratios)).mean(axis=0))
    print(f"geometric mean: of torch {means[0]:.2f}, of forward {means[1]:.2f}")


if __name__ == "__main__":
    main()
