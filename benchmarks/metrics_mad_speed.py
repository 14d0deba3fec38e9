"""MAD against pyiqa's MAD on the Y channel: same run, same threads, interleaved.

pip install '.[bench]' first, then: python benchmarks/metrics_mad_speed.py
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[299, 512])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--clock", choices=CLOCKS, default="wall", help="cpu: of the process, steadier when shared"
    )
    return parser.parse_args()


def image_pair(size: int):
    """Return a photograph and a noisy copy, both (size, size) uint8."""
    import numpy as np
    from skimage.data import camera
    from skimage.transform import resize

    reference = np.rint(255 * resize(camera(), (size, size), anti_aliasing=True))
    noise = np.random.default_rng(0).normal(scale=5, size=reference.shape)
    noisy = np.clip(np.rint(reference + noise), 0, 255)
    return reference.astype(np.uint8), noisy.astype(np.uint8)


def contenders(size: int):
    """Return name -> function without arguments, each warmed up."""
    import numpy as np
    import torch
    from pyiqa.archs.mad_arch import MAD

    from percept_adv.metrics import MadReference, mad

    reference, noisy = image_pair(size)
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


def interleaved_seconds(functions, rounds: int, clock=time.perf_counter):
    """Time each function once a round, so that a busy machine slows all alike."""
    seconds = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(rounds):
        for name, function in functions.items():
            start = clock()
            function()
            seconds[name].append(clock() - start)
    return seconds


def main() -> None:
    options = arguments()
    os.environ["PERCEPT_ADV_THREADS"] = str(options.threads)
    import cv2
    import torch

    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    print(f"threads {options.threads}, rounds {options.rounds}, {options.clock} time")
    for size in options.sizes:
        seconds = interleaved_seconds(contenders(size), options.rounds, CLOCKS[options.clock])
        for name, times in seconds.items():
            ratios = [slow / fast for slow, fast in zip(seconds["pyiqa"], times, strict=True)]
            print(
                f"{size:5d} x {size:<5d} {name:22s} {1e3 * min(times):9.1f} ms"
                f"   pyiqa / this: median {statistics.median(ratios):6.1f}"
            )


if __name__ == "__main__":
    main()
