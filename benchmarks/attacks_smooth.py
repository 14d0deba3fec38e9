"""sDDN and sALMA against sC&W: MAD, L2, SSIM, success and gradient evaluations, on the same photos.

    python benchmarks/attacks_smooth.py /path/to/nips17-dev --output smooth.jsonl

The data folder holds ``labels.csv`` (file,label). Each image's figures, of what is stored in 8
bits, are appended to the output at once; what stands there is not run again. The aim: a lower
MAD than sC&W's at no more L2, in a tenth of its gradient evaluations.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from shared import keep_record, parser_of, read_classified, read_records

CASES = {
    "scw": ("scw", {"search_steps": 4, "iterations": 50}),
    "sddn": ("sddn", {}),
    "sddn-40": ("sddn", {"iterations": 40}),
    "salma-20": ("salma", {"iterations": 20, "max_evaluations": 20}),
    "salma-90": ("salma", {"iterations": 90, "max_evaluations": 90}),
    "ddn-20": ("ddn", {"iterations": 20}),
    "ddn-100": ("ddn", {"iterations": 100}),
}


def measure(classifier, image, label, name, options):
    """Attack one image and return its figures."""
    from percept_adv.attacks import attack
    from percept_adv.evaluation import outcome_record

    begin = time.process_time()
    result = attack(name, classifier, image[np.newaxis], np.array([label]), **options)
    seconds = time.process_time() - begin
    return {**outcome_record(result[0], None), "cpu_seconds": seconds}


def compare(arguments):
    classifier, images, labels = read_classified(arguments.data, arguments.images)
    finished = {(entry["case"], entry["image"]) for entry in read_records(arguments.output)}
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        for case in arguments.only or CASES:
            if (case, index) in finished:
                continue
            figures = measure(classifier, image, label, *CASES[case])
            keep_record(arguments.output, {"case": case, "image": index, **figures})


def report(path):
    """Print means over the images that all cases have, and how often a case beats sC&W."""
    figures = {}
    for entry in read_records(path):
        figures.setdefault(entry["case"], {})[entry["image"]] = entry
    common = sorted(set.intersection(*(set(own) for own in figures.values())))
    base = figures["scw"]
    print(f"{len(common)} images; means over them, and shares with no more than sC&W's")
    for case, own in figures.items():
        rows, theirs = [own[i] for i in common], [base[i] for i in common]
        means = {
            name: np.mean([row[name] for row in rows])
            for name in ("mad", "mad_hi", "mad_lo", "stored_l2", "l2", "ssim", "cpu_seconds")
        }
        better = [
            np.mean([row[name] <= other[name] for row, other in zip(rows, theirs, strict=True)])
            for name in ("mad", "stored_l2")
        ]
        print(
            f"{case:10s} success {np.mean([row['success'] for row in rows]):.3f} "
            + " ".join(f"{name} {value:.4f}" for name, value in means.items())
            + f" median L2 {np.median([row['stored_l2'] for row in rows]):.4f}"
            f" gradients {np.mean([row['backward_count'] for row in rows]):.1f}"
            f" MAD {better[0]:.2f} L2 {better[1]:.2f}"
        )


def main():
    parser = parser_of(__doc__)
    parser.add_argument("data", type=Path, nargs="?", help="folder with labels.csv")
    parser.add_argument("--output", type=Path, required=True, help="file of JSON lines")
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--only", nargs="+", choices=CASES)
    arguments = parser.parse_args()
    if arguments.data is not None:
        compare(arguments)
    report(arguments.output)


if __name__ == "__main__":
    main()
