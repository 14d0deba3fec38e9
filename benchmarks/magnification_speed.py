"""Both passes of the magnification against ONE pass of OpenCV's bilateral filter.

Same float32 image, same 25 x 25 window, same number of threads; the two alternate, and
the ratio is the median over pairs. OpenCV's filter measures colours by their L1 distance,
so the results differ: it is what a user would pick instead, not the same filter.

    python benchmarks/magnification_speed.py --size 512 512 --size 3000 4000
"""

from __future__ import annotations

import os
import statistics

import click
import cv2
from shared import astronaut, best_ratio, in_turn, median_ratio

from percept_adv import magnify


def compare(image, threads, pairs):
    cv2.setNumThreads(threads)
    os.environ["PERCEPT_ADV_THREADS"] = str(threads)
    functions = {
        "theirs": lambda: cv2.bilateralFilter(image, 25, 0.2, 5),
        "ours": lambda: magnify(image),
    }
    return in_turn(functions, rounds=pairs)


@click.command()
@click.option("--size", "sizes", type=(int, int), multiple=True, default=[(512, 512)])
@click.option("--threads", "counts", type=int, multiple=True, default=[1, 2])
@click.option("--pairs", default=15)
def main(sizes, counts, pairs):
    magnify(astronaut(32, 32))
    print("height width threads  magnify s  bilateralFilter s  ratio (median of pairs; best/best)")
    for height, width in sizes:
        image = astronaut(height, width)
        for threads in counts:
            times = compare(image, threads, pairs)
            print(
                f"{height:6} {width:5} {threads:7}  {statistics.median(times['ours']):9.3f}  "
                f"{statistics.median(times['theirs']):17.3f}  "
                f"{median_ratio(times, 'ours', 'theirs'):.3f}; "
                f"{best_ratio(times, 'ours', 'theirs'):.3f}"
            )


if __name__ == "__main__":
    main()
