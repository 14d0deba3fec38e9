"""MAD against pyiqa's MAD on the Y channel: same run, same threads, interleaved.

pip install '.[bench]' first, then: python benchmarks/metrics_mad_speed.py
"""

from __future__ import annotations

import os

from shared import CLOCKS, add_clock, grey_pair, in_turn, median_ratio, parser_of


def arguments():
    parser = parser_of(__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[299, 512])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=7)
    add_clock(parser)
    return parser.parse_args()


def contenders(size: int):
    """Return name -> function without arguments, each warmed up."""
    import numpy as np
    import torch
    from pyiqa.archs.mad_arch import MAD

    from percept_adv.metrics import MadReference, mad

    reference, noisy = grey_pair(size)
    tensors = [torch.from_numpy(a / 255.0).float()[None, None] for a in (reference, noisy)]
    peer = MAD(channels=1, test_y_channel=True)
    kept = MadReference(reference)

    def pyiqa_mad():
        with torch.no_grad():
            return float(peer(tensors[1], tensors[0]))

    return {
        "pyiqa": pyiqa_mad,
        "mad float64": lambda: mad(reference, noisy),
        "mad float32": lambda: mad(reference, noisy, dtype=np.float32),
        "MadReference.compare": lambda: kept.compare(noisy).mad,
    }


def main() -> None:
    options = arguments()
    os.environ["PERCEPT_ADV_THREADS"] = str(options.threads)
    import cv2
    import torch

    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    print(f"threads {options.threads}, rounds {options.rounds}, {options.clock} time")
    for size in options.sizes:
        seconds = in_turn(contenders(size), rounds=options.rounds, clock=CLOCKS[options.clock])
        for name, times in seconds.items():
            print(
                f"{size:5d} x {size:<5d} {name:22s} {1e3 * min(times):9.1f} ms"
                f"   pyiqa / this: median {median_ratio(seconds, 'pyiqa', name):6.1f}"
            )


if __name__ == "__main__":
    main()
