"""Claim: a step of sC&W takes at most 1.5 times as long as one of C&W (in the paper: 4.4 times).

Attacks the same photographs with both in turn, the same number of steps each::

    python benchmarks/attacks_smooth_step.py FOLDER [--images 4] [--steps 40] [--rounds 5]
"""

from functools import partial
from pathlib import Path

from shared import in_turn, median_ratio, parser_of, read_photographs

from percept_adv import Classifier, attacks


def main():
    parser = parser_of(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    classifier = Classifier("efficientnet-lite0")
    images = read_photographs(arguments.folder, arguments.images, classifier.pipeline)
    labels = classifier.predict(images)

    def run(attack):
        attacks.attack(
            attack, classifier, images, labels, search_steps=1, iterations=arguments.steps
        )

    functions = {attack: partial(run, attack) for attack in ("cw", "scw")}
    times = in_turn(functions, rounds=arguments.rounds)
    share = 1e3 / arguments.steps / len(images)
    for plain, smooth in zip(times["cw"], times["scw"], strict=True):
        print(f"C&W {share * plain:6.1f} ms, sC&W {share * smooth:6.1f} ms, {smooth / plain:.2f}")
    print(f"median ratio {median_ratio(times, 'scw', 'cw'):.2f}")


if __name__ == "__main__":
    main()
