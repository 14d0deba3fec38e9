"""Claim: straight-through gradients of an int8 network succeed at least 0.95 as often as float's.

Attacks photographs with the same settings before EfficientNet-Lite0 and its int8 form; each
network judges its own adversarial images, as stored::

    python benchmarks/gradients_quantised.py FOLDER [--images 50] [--eps 0.5] [--steps 20]

Two settings: PGD2 within a small ball, where success is not certain; DDN, where the distance is
what counts.
"""

from pathlib import Path

import numpy as np
from shared import parser_of

from percept_adv import Classifier, attacks
from percept_adv.classifier import fit_image
from percept_adv.evaluation import open_dataset
from percept_adv.images import read_image
from percept_adv.labels import Classes


def main():
    parser = parser_of(__doc__)
    parser.add_argument("folder", type=Path, help="photographs and their labels.csv")
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--eps", type=float, default=0.5)
    parser.add_argument("--steps", type=int, default=20)
    arguments = parser.parse_args()
    classifiers = [Classifier(name) for name in ("efficientnet-lite0", "efficientnet-lite0-int8")]
    contract = classifiers[0].pipeline
    classes = Classes(classifiers[0].class_count)
    samples = open_dataset(arguments.folder, classes, limit=arguments.images).samples
    images = np.stack(
        [fit_image(read_image(arguments.folder / one.file), contract)[0] for one in samples]
    )
    labels = np.array([one.label for one in samples])
    known = np.logical_and.reduce([c.predict(images) == labels for c in classifiers])
    images, labels = images[known], labels[known]
    print(f"{len(labels)} photographs that both networks classify correctly")
    settings = {
        "pgd2": {
            "eps": arguments.eps,
            "step_size": arguments.eps / 4,
            "iterations": arguments.steps,
        },
        "ddn": {"iterations": arguments.steps},
    }
    for attack, options in settings.items():
        rates = []
        for classifier in classifiers:
            result = attacks.attack(attack, classifier, images, labels, **options)
            rates.append(result.success.mean())
            median = np.median(result.stored_l2[result.success])
            print(
                f"{attack:5} {classifier.name:24} success {rates[-1]:.3f}, median L2 {median:.3f}"
            )
        print(f"{attack:5} int8 over float: {rates[1] / rates[0]:.3f}", flush=True)


if __name__ == "__main__":
    main()
