"""Time and memory of guided smoothing from 0.25 to 12 megapixels.

Each size runs in a process of its own; prints seconds, the peak of the process above what
it held with the image and its right-hand sides loaded, in float32 values per pixel and
channel, and the exponents of time and memory fitted over all sizes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from time import process_time

import numpy as np
from shared import astronaut, parser_of, peak_bytes


def run(megapixels, alpha, tol):
    from percept_adv import GuidedSmoother

    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = round(width * 3 / 4)
    small = GuidedSmoother(astronaut(64, 64), alpha=alpha, tol=tol)
    small.smooth(np.ones((64, 64, 3)))
    image = astronaut(height, width)
    z = np.random.default_rng(0).standard_normal(image.shape, dtype=np.float32)
    # The resident set now; its peak so far may be the resizing's.
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    begin = process_time()
    smoother = GuidedSmoother(image, alpha=alpha, tol=tol)
    middle = process_time()
    smoother.smooth(z)
    end = process_time()
    values = (peak_bytes() - before) / 4 / z.size
    return [height * width, middle - begin, end - middle, values]


def main():
    parser = parser_of(__doc__)
    parser.add_argument("--megapixels", nargs="+", type=float, default=[0.25, 1, 3, 12])
    parser.add_argument("--alpha", type=float, default=0.997)
    parser.add_argument("--tol", type=float, default=1e-5)
    parser.add_argument("--one", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(run(arguments.one, arguments.alpha, arguments.tol)))
        return
    rows = []
    for size in arguments.megapixels:
        command = [sys.executable, __file__, "--one", str(size), "--alpha", str(arguments.alpha)]
        output = subprocess.run(
            [*command, "--tol", str(arguments.tol)], capture_output=True, check=True
        )
        rows.append(json.loads(output.stdout.splitlines()[-1]))
        pixels, setup, smooth, values = rows[-1]
        print(
            f"{pixels / 1e6:6.2f} MP  build {setup:7.2f} s  smooth (with the normalizer) "
            f"{smooth:7.2f} s CPU  peak {values:5.1f} float32 per pixel and channel",
            flush=True,
        )
    logs = np.log(np.array(rows))
    for name, logged in (("time", np.log(np.exp(logs[:, 1]) + np.exp(logs[:, 2]))),
                         ("memory", logs[:, 0] + logs[:, 3])):  # fmt: skip
        print(f"exponent of {name}: {np.polyfit(logs[:, 0], logged, 1)[0]:.2f}")


if __name__ == "__main__":
    main()
