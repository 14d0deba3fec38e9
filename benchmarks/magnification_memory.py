"""Peak memory and compile time of the magnification of one large float32 image.

    python benchmarks/magnification_memory.py --size 3000 4000

With ``NUMBA_CACHE_DIR`` set to an empty folder the first line shows a cold start.
"""

from __future__ import annotations

import time

import click
import numpy as np
from shared import peak_bytes

from percept_adv import magnify


@click.command()
@click.option("--size", type=(int, int), default=(3000, 4000))
def main(size):
    random = np.random.default_rng(0)
    start = time.perf_counter()
    magnify(random.random((32, 32, 3), dtype=np.float32))
    print(f"first call, with compiling if nothing is cached: {time.perf_counter() - start:.2f} s")
    print(f"process with the library loaded: {peak_bytes() / 2**20:.0f} MiB")
    image = random.random((*size, 3), dtype=np.float32)
    print(f"and the image, {image.nbytes / 2**20:.0f} MiB: {peak_bytes() / 2**20:.0f} MiB")
    start = time.perf_counter()
    magnify(image)
    seconds = time.perf_counter() - start
    print(f"peak while magnifying: {peak_bytes() / 2**20:.0f} MiB ({seconds:.1f} s)")


if __name__ == "__main__":
    main()
