"""Both passes of the magnification against ONE pass of OpenCV's bilateral filter.

Same float32 image, same 25 x 25 window, same number of threads; the two alternate, and
the ratio is the median over pairs. OpenCV's filter measures colours by their L1 distance,
so the results differ: it is what a user would pick instead, not the same filter.

    python benchmarks/magnification_speed.py --size 512 512 --size 3000 4000
"""

from __future__ import annotations

import os
import statistics
import time

import click
import cv2
import numpy as np
from skimage import data

from percept_adv import magnify


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def photograph(height, width):
    image = cv2.resize(data.astronaut(), (width, height), interpolation=cv2.INTER_CUBIC)
    return (image / np.float32(255)).astype(np.float32)


def compare(image, threads, pairs):
    cv2.setNumThreads(threads)
    os.environ["PERCEPT_ADV_THREADS"] = str(threads)
    ours, theirs = [], []
    for _ in range(pairs):
        theirs.append(seconds(lambda: cv2.bilateralFilter(image, 25, 0.2, 5)))
        ours.append(seconds(lambda: magnify(image)))
    return ours, theirs


@click.command()
@click.option("--size", "sizes", type=(int, int), multiple=True, default=[(512, 512)])
@click.option("--threads", "counts", type=int, multiple=True, default=[1, 2])
@click.option("--pairs", default=15)
def main(sizes, counts, pairs):
    magnify(photograph(32, 32))
    print("height width threads  magnify s  bilateralFilter s  ratio (median of pairs; best/best)")
    for height, width in sizes:
        image = photograph(height, width)
        for threads in counts:
            ours, theirs = compare(image, threads, pairs)
            ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
            print(
                f"{height:6} {width:5} {threads:7}  {statistics.median(ours):9.3f}  "
                f"{statistics.median(theirs):17.3f}  {ratio:.3f}; {min(ours) / min(theirs):.3f}"
            )


if __name__ == "__main__":
    main()
