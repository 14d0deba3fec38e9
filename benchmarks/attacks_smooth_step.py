"""Claim: a step of sC&W takes at most 1.5 times as long as one of C&W (in the paper: 4.4 times).

Attacks the same photographs with both in turn, the same number of steps each::

    python benchmarks/attacks_smooth_step.py FOLDER [--images 4] [--steps 40] [--rounds 5]
"""

import argparse
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from percept_adv import Classifier, attacks
from percept_adv.classifier import fit_image
from percept_adv.images import find_images, read_image


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    classifier = Classifier("efficientnet-lite0")
    files = [path for path, _ in find_images([arguments.folder])][: arguments.images]
    images = np.stack([fit_image(read_image(path), classifier.pipeline)[0] for path in files])
    labels = classifier.predict(images)

    def time_step(attack, steps):
        begin = perf_counter()
        attacks.attack(attack, classifier, images, labels, search_steps=1, iterations=steps)
        return (perf_counter() - begin) / steps / len(images)

    for attack in ("cw", "scw"):
        time_step(attack, 3)
    pairs = [
        [time_step(attack, arguments.steps) for attack in ("cw", "scw")]
        for _ in range(arguments.rounds)
    ]
    for plain, smooth in pairs:
        print(f"C&W {1e3 * plain:6.1f} ms, sC&W {1e3 * smooth:6.1f} ms, {smooth / plain:.2f}")
    print(f"median ratio {median(smooth / plain for plain, smooth in pairs):.2f}")


if __name__ == "__main__":
    main()
