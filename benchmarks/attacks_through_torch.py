"""AutoAttack and adv-lib's DDN on a deployed ONNX model through `as_torch`, beside ours.

python benchmarks/attacks_through_torch.py FOLDER [--model efficientnet-lite0] [--count 8]

Needs torch, adv-lib and pyautoattack. The accuracy before is 1: only images whose class the
model keeps under its own prediction are attacked, with that class as label.
"""

import argparse
import sys
import time
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import torch

from percept_adv.adapters import as_torch
from percept_adv.attacks import attack
from percept_adv.classifier import Classifier, fit_image
from percept_adv.images import read_image


def timed(name, images, classifier, labels, make):
    started = time.process_time()
    found = np.clip(make(), 0, 1)
    seconds = time.process_time() - started
    success = classifier.predict(found.astype(np.float32)) != labels
    distances = np.sqrt(((found - images) ** 2).sum(axis=(1, 2, 3)))[success]
    mean = f"{distances.mean():.3f}" if success.any() else "-"
    print(f"| {name} | {seconds:.1f} | {success.mean():.2f} | {mean} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--eps", type=float, default=0.5, help="L2 radius of AutoAttack")
    parser.add_argument(
        "--parts", nargs="*", help="attacks of AutoAttack, such as apgd-ce; all four by default"
    )
    options = parser.parse_args()
    classifier = Classifier(options.model, provider="cpu", at="network")
    files = sorted(options.folder.glob("*.png"))[: options.count]
    images = np.stack([fit_image(read_image(file), classifier.pipeline)[0] for file in files])
    labels = classifier.predict(images)
    module = as_torch(classifier)
    x = torch.tensor(images.transpose(0, 3, 1, 2).copy())
    y = torch.tensor(labels)

    def back(tensor):
        return tensor.detach().numpy().transpose(0, 2, 3, 1)

    def ours():
        result = attack("ddn", classifier, images, labels, iterations=options.steps)
        return np.stack([item.adversarial for item in result.items])

    def adv_lib():
        # adv-lib imports these for callbacks and distances that are not used.
        for name in ("visdom", "torchvision", "torchvision.models"):
            sys.modules.setdefault(name, MagicMock())
        from adv_lib.attacks.decoupled_direction_norm import ddn

        return back(ddn(module, x, y, steps=options.steps))

    def auto_attack():
        from pyautoattack import AutoAttack

        parts = {"version": "custom", "attacks": options.parts} if options.parts else {}
        runner = AutoAttack(module, norm="L2", eps=options.eps, seed=0, **parts)
        if options.parts:
            runner.apgd.n_restarts = 1
        return back(runner.run_standard_evaluation(x, y, batch_size=len(x))[0])

    print(f"{options.model}, {len(images)} images, {torch.get_num_threads()} threads\n")
    print("| attack | CPU seconds | success | mean L2 of successes |\n|---|---|---|---|")
    timed(f"DDN {options.steps}, ours", images, classifier, labels, ours)
    timed(f"DDN {options.steps}, adv-lib through as_torch", images, classifier, labels, adv_lib)
    parts = ", ".join(options.parts or ["standard"])
    name = f"AutoAttack ({parts}), L2 {options.eps:g}, through as_torch"
    timed(name, images, classifier, labels, auto_attack)


if __name__ == "__main__":
    main()
