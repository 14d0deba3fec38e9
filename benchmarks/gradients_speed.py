"""Speed of gradient graphs against PyTorch eager and against onnxruntime's forward pass.

For each network and batch, in one run and in turns: forward and input gradient by the
gradient graph; forward and input-only backward by PyTorch eager, weights without gradients;
forward alone by onnxruntime. Medians over the repetitions, and geometric means of ratios.

    python benchmarks/gradients_speed.py resnet50 mobilenet_v2 --batches 1 8
"""

import numpy as np
import torch
from shared import CLOCKS, add_clock, best_ratio, cpu_session, in_turn, median_ratio, parser_of
from torch_networks import export, make, randomize

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


def measure(name, batches, exporter, threads, seconds, clock):
    generator = torch.Generator().manual_seed(0)
    net, size = make("torchvision", name)
    randomize(net, size, generator)
    net.requires_grad_(requires_grad=False)
    model = export(net, torch.randn(2, *size, generator=generator), exporter, 18)
    forward = cpu_session(model, threads)
    backward = cpu_session(build_gradient_graph(model), threads)
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
        times = in_turn(runs, seconds=seconds, clock=clock)
        against = [median_ratio(times, "ours", key) for key in ("torch", "forward")]
        print(
            f"{name:16} batch {batch}: {min(times['ours']):.3f} s, of torch {against[0]:.2f} "
            f"(best {best_ratio(times, 'ours', 'torch'):.2f}), of forward {against[1]:.2f} "
            f"(best {best_ratio(times, 'ours', 'forward'):.2f}), {len(times['ours'])} runs",
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
    ratios = []
    for name in args.networks or NETWORKS:
        ratios += measure(name, args.batches, args.exporter, args.threads, args.seconds, clock)
    means = np.exp(np.log(np.array(ratios)).mean(axis=0))
    print(f"geometric mean: of torch {means[0]:.2f}, of forward {means[1]:.2f}")


if __name__ == "__main__":
    main()
