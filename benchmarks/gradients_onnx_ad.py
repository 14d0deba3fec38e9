"""Claim: a gradient graph takes at most 0.8 of the time of onnx-ad's, wherever that has one.

torchvision networks with random weights, exported with a batch of 1, for onnx-ad needs static
shapes; forward and gradient, both in onnxruntime, in turns::

    python benchmarks/gradients_onnx_ad.py resnet18 mobilenet_v2 [--threads 1] [--clock cpu]
"""

import io

import numpy as np
import onnx
import onnx_ad
import torch
from shared import CLOCKS, add_clock, cpu_session, in_turn, median_ratio, parser_of, relative
from torch_networks import make, randomize

from percept_adv.gradients import build_gradient_graph

NETWORKS = [
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "googlenet", "inception_v3",
    "mnasnet1_0", "mobilenet_v2", "mobilenet_v3_large", "regnet_y_400mf", "resnet18", "resnet50",
    "shufflenet_v2_x1_0", "squeezenet1_1", "swin_t", "vgg11", "vit_b_16",
]  # fmt: skip


def main():
    parser = parser_of(__doc__)
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0)
    add_clock(parser, default="cpu")
    args = parser.parse_args()
    clock = CLOCKS[args.clock]
    ratios = []
    for name in args.networks:
        try:
            ratio, ours, theirs, distance = compare(name, args.threads, args.seconds, clock)
        except Exception as error:  # noqa: BLE001 - what the peer cannot do is a result
            text = " ".join(str(error).split())[:110]
            print(f"{name:20} not run: {type(error).__name__}: {text}", flush=True)
            continue
        ratios.append(ratio)
        print(
            f"{name:20} ours {1e3 * ours:7.1f} ms, onnx-ad {1e3 * theirs:7.1f} ms, "
            f"ratio {ratio:.2f}, gradients differ by {distance:.0e}",
            flush=True,
        )
    if ratios:
        mean = np.exp(np.log(ratios).mean())
        print(f"geometric mean {mean:.2f}, largest {max(ratios):.2f}, {len(ratios)} networks")


def compare(name, threads, seconds, clock):
    """Return the median ratio, the least times and the relative distance of the gradients."""
    net, size = make("torchvision", name)
    generator = torch.Generator().manual_seed(0)
    randomize(net, size, generator)
    image = torch.randn(1, *size, generator=generator)
    cotangent = torch.randn(1, 1000, generator=generator).numpy()
    model = export_static(net, image)
    x = image.numpy()
    own = cpu_session(build_gradient_graph(model), threads)
    peer = cpu_session(onnx_ad.reverse(model, layout="onnx"), threads)
    seed = next(value.name for value in peer.get_inputs() if value.name.startswith("adj"))
    wanted = next(value.name for value in peer.get_outputs() if value.name.startswith("adj"))
    runs = {
        "ours": lambda: own.run(["input_gradient"], {"x": x, "cotangent": cotangent})[0],
        "onnx-ad": lambda: peer.run([wanted], {"x": x, seed: cotangent[..., np.newaxis]})[0],
    }
    mine, theirs = (run().reshape(1, -1) for run in runs.values())
    distance = relative(mine, theirs)[0]
    times = in_turn(runs, rounds=5, seconds=seconds, clock=clock)
    best = [min(times[name]) for name in runs]
    return median_ratio(times, "ours", "onnx-ad"), *best, distance


def export_static(net, image):
    buffer = io.BytesIO()
    torch.onnx.export(
        net, (image,), buffer, dynamo=False, opset_version=18, input_names=["x"],
        output_names=["y"],
    )  # fmt: skip
    return onnx.shape_inference.infer_shapes(onnx.load_from_string(buffer.getvalue()))


if __name__ == "__main__":
    main()
