"""Processor time and peak memory of the command ``metrics`` from 0.25 to 12 megapixels.

Each measurement is the installed command on two PNGs, the second with noise of 5 levels, after
one that compiles. What a command takes for 8 x 8 pixels is its start, and is taken off the time::

    python benchmarks/metrics_large.py [--metrics mad] [--sizes 512x512 3000x4000 3464x3464]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from shared import astronaut, parser_of

from percept_adv.images import write_png


def measured(command):
    """Return seconds of the processor and the peak in MB of a command."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
        "stdout=subprocess.DEVNULL); u = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(u.ru_utime + u.ru_stime, u.ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, check=True)
    seconds, kibibytes = done.stdout.split()
    return float(seconds), float(kibibytes) * 1024 / 1e6


def pair(folder, rows, columns):
    image = np.rint(255 * np.asarray(astronaut(rows, columns), float))
    noise = np.random.default_rng(0).normal(scale=5, size=image.shape)
    files = folder / f"{rows}_a.png", folder / f"{rows}_b.png"
    for file, pixels in zip(files, (image, image + noise), strict=True):
        write_png(file, np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    return [str(file) for file in files]


def main():
    parser = parser_of(__doc__)
    parser.add_argument("--metrics", help="Names, or all; by default those of the command.")
    parser.add_argument("--sizes", nargs="+", default=["512x512", "1024x1024", "2048x2048",
                                                       "3000x4000", "3464x3464"])  # fmt: skip
    arguments = parser.parse_args()
    command = [str(Path(sys.executable).with_name("percept-adv")), "metrics"]
    if arguments.metrics:
        command += ["--metrics", arguments.metrics]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measured([*command, *pair(folder, 200, 200)])
        start, _ = measured([*command, *pair(folder, 200, 200)])
        print(f"start and 200 x 200: {start:.2f} s")
        first = None
        for size in arguments.sizes:
            rows, columns = map(int, size.split("x"))
            seconds, megabytes = measured([*command, *pair(folder, rows, columns)])
            each = (seconds - start) / (rows * columns)
            first = first or each
            print(
                f"{size:10s} {seconds - start:7.2f} s of the processor, {each / first:5.2f} times "
                f"those of the first size for each pixel, peak {megabytes:6.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
