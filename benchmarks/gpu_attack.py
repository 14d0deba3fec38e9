"""Claim: the attacks run on the GPU, with the same outcome and in less time than on the CPU.

Times gradient evaluations and whole attacks on EfficientNet-Lite0 with the CPU and the
CUDA provider in one run, in turn, and compares what they find::

    python benchmarks/gpu_attack.py FOLDER [--images 16] [--rounds 3]

FOLDER holds photographs. Without CUDA the CPU column stands alone.
"""

import statistics
from pathlib import Path
from time import perf_counter

from shared import parser_of, read_photographs

from percept_adv import Classifier, attacks
from percept_adv.runtime import available_providers


def time_gradients(classifier, images, labels):
    begin = perf_counter()
    classifier.evaluate(images, labels, loss="logit_difference")
    return (perf_counter() - begin) / len(images)


def time_attack(name, classifier, images, labels):
    begin = perf_counter()
    result = attacks.attack(
        name, classifier, images, labels, search_steps=4, iterations=50, batch_size=len(images)
    )
    return (perf_counter() - begin) / len(images), result


def main():
    parser = parser_of(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    reasons = available_providers()
    if reasons["cuda"] is not None:
        print(f"no CUDA here: {reasons['cuda']}")
    providers = [name for name, reason in reasons.items() if reason is None]
    classifiers = {name: Classifier("efficientnet-lite0", provider=name) for name in providers}
    images = read_photographs(arguments.folder, arguments.images, classifiers["cpu"].pipeline)
    labels = classifiers["cpu"].predict(images)
    seconds = {name: [] for name in providers}
    for classifier in classifiers.values():
        time_gradients(classifier, images, labels)
    for _ in range(arguments.rounds):
        for name, classifier in classifiers.items():
            seconds[name].append(time_gradients(classifier, images, labels))
    for name in providers:
        print(f"gradient {name}: {1e3 * statistics.median(seconds[name]):.2f} ms per image")
    for attack in ("cw", "scw"):
        for name, classifier in classifiers.items():
            spent, result = time_attack(attack, classifier, images, labels)
            found = result.success & ~result.already_misclassified
            print(
                f"{attack} {name}: {spent:.2f} s per image, {found.sum()} of {len(images)} "
                f"adversarial, mean L2 {result.stored_l2[found].mean():.3f}"
            )


if __name__ == "__main__":
    main()
