"""Claim: the default kernel and lam for photographs are those that hide sC&W best.

Attacks photographs with sC&W for each kernel and lam, and C&W for comparison, and prints
success, L2 and MAD of what is stored::

    python benchmarks/smoothing_lam.py FOLDER [--images 12] [--search-steps 3] [--iterations 40]
"""

from pathlib import Path

import numpy as np
from shared import parser_of, read_photographs

from percept_adv import Classifier, attacks
from percept_adv.evaluation import outcome_record, summarise

CASES = [
    ("laplacian", 1.0),
    ("laplacian", 3.0),
    ("laplacian", 10.0),
    ("laplacian", 30.0),
    ("gaussian", 30.0),
    ("gaussian", 100.0),
    ("gaussian", 300.0),
]


def main():
    parser = parser_of(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--search-steps", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=40)
    arguments = parser.parse_args()
    classifier = Classifier("efficientnet-lite0")
    images = read_photographs(arguments.folder, arguments.images, classifier.pipeline)
    labels = classifier.predict(images)
    schedule = {"search_steps": arguments.search_steps, "iterations": arguments.iterations}
    print("attack  kernel     lam    P_suc  mean L2  median L2  mean MAD  mean LO  mean SSIM")
    cases = [("cw", {}), *(("scw", {"kernel": kernel, "lam": lam}) for kernel, lam in CASES)]
    for name, options in cases:
        result = attacks.attack(name, classifier, images, labels, **schedule, **options)
        records = [outcome_record(item, None) for item in result.items]
        summary = summarise(records)
        found = [record for record in records if record["success"]]
        median = np.median([record["stored_l2"] for record in found])
        low, ssim = (np.mean([record[key] for record in found]) for key in ("mad_lo", "ssim"))
        print(
            f"{name:7s} {options.get('kernel', '-'):9s} {options.get('lam', 0):5.0f}  "
            f"{summary.success_rate:6.3f}  {summary.mean_distortion:7.3f}  {median:9.3f}  "
            f"{summary.mean_mad:8.4f}  {low:7.4f}  {ssim:9.5f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
