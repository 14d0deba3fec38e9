"""How much to smooth a perturbation that exists already: alpha, by attack, of `smooth --model`.

Attacks photographs, smooths each perturbation with every alpha, and takes the least scale at
which the network still misclassifies what is stored. Prints success, L2 and MAD for each alpha,
for the first half of the photographs and for the second, and for the search, which takes of
some alphas the one of least L2 for each image. Choose on the first half, report the second::

    python benchmarks/smoothing_alpha.py FOLDER --labels FOLDER/labels.csv
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from percept_adv import Classifier, attacks
from percept_adv.attacks.engine.rescaling import least_scale
from percept_adv.images import to_uint8
from percept_adv.metrics import mad_components
from percept_adv.smoothing import smooth_difference

ALPHAS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.997, 0.999)
ATTACKS = {
    "fgsm": {"eps": 8 / 255},
    "ifgsm": {"eps": 8 / 255},
    "pgd2": {"eps": 2.0},
    "cw": {"search_steps": 3, "iterations": 40},
    "ddn": {"iterations": 60},
}
L2, HI, LO, MAD = range(4)


def right_images(classifier, folder, labels):
    """Return the photographs that the network classifies rightly, sorted by name."""
    with labels.open(newline="", encoding="utf-8") as file:
        truth = {row["file"]: int(row["label"]) for row in csv.DictReader(file)}
    images, classes = [], []
    for name, label in sorted(truth.items()):
        pixels = classifier.read(folder / name)[0]
        if int(classifier.predict(pixels[np.newaxis])[0]) == label:
            images.append(pixels)
            classes.append(label)
    return np.stack(images), np.array(classes)


def measure(classifier, image, label, perturbed, alpha):
    """Return L2, HI, LO and MAD of the least misclassified scale, NaN without one."""
    difference = smooth_difference(image, perturbed, alpha=alpha)
    found = least_scale(classifier, image, difference.after, label=int(label))
    if not found.success:
        return np.full(4, np.nan)
    parts = mad_components(to_uint8(image), found.stored)
    return np.array([np.linalg.norm(found.stored / 255 - image), parts.hi, parts.lo, parts.mad])


def searched(figures, alphas):
    """Return the figures (N, 4) at the alpha of least L2 of each image."""
    rows = figures[:, [ALPHAS.index(alpha) for alpha in alphas]]
    distances = np.where(np.isnan(rows[:, :, L2]), np.inf, rows[:, :, L2])
    return rows[np.arange(len(rows)), distances.argmin(axis=1)]


def print_half(title, figures):
    print(f"  {title}: alpha, success, mean and median L2, mean MAD, mean LO")
    rows = {f"{alpha:g}": figures[:, place] for place, alpha in enumerate(ALPHAS)}
    rows["search"] = searched(figures, ALPHAS)
    for name, row in rows.items():
        found = row[~np.isnan(row[:, L2])]
        if not len(found):
            print(f"    {name:7s} 0")
            continue
        means = found.mean(axis=0)
        print(
            f"    {name:7s} {len(found) / len(row):.2f}  {means[L2]:7.3f} "
            f"{np.median(found[:, L2]):7.3f}  {means[MAD]:7.4f}  {means[LO]:7.4f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--attacks", nargs="+", default=list(ATTACKS))
    parser.add_argument("--most", type=int, default=1000, help="Photographs of each half at most.")
    parser.add_argument("--keep", type=Path, help="Where the figures go, as an .npz file.")
    arguments = parser.parse_args()
    classifier = Classifier("efficientnet-lite0", at="network")
    images, labels = right_images(classifier, arguments.folder, arguments.labels)
    half = len(images) // 2
    chosen = [*range(min(half, arguments.most)), *range(half, len(images))[: arguments.most]]
    images, labels, half = images[chosen], labels[chosen], min(half, arguments.most)
    print(f"{len(images)} photographs, {half} in the first half")
    kept = {}
    for name in arguments.attacks:
        result = attacks.attack(name, classifier, images, labels, batch_size=8, **ATTACKS[name])
        figures = np.array(
            [
                [measure(classifier, image, label, perturbed, alpha) for alpha in ALPHAS]
                for image, label, perturbed in zip(images, labels, result.adversarial, strict=True)
            ]
        )
        kept[name] = figures
        print(f"{name} {ATTACKS[name]}: {result.success.mean():.2f} fooled")
        print_half("first half", figures[:half])
        print_half("second half", figures[half:])
        if arguments.keep is not None:
            np.savez(arguments.keep, alphas=ALPHAS, **kept)


if __name__ == "__main__":
    main()
