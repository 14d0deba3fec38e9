"""What the benchmarks share: arguments, photographs, sessions, time in turn, memory, results.

On a busy machine only ratios mean something, and only of runs that take turns.
"""

import argparse
import csv
import json
import resource
import statistics
import time

import numpy as np

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def parser_of(documentation):
    """Return a parser that says what the benchmark's docstring says first."""
    return argparse.ArgumentParser(description=documentation.splitlines()[0])


def add_clock(parser, default="wall"):
    """Add ``--clock``; see `CLOCKS`."""
    parser.add_argument(
        "--clock",
        choices=CLOCKS,
        default=default,
        help="cpu: processor time, for a busy machine; with one thread",
    )


def seconds_of(function, clock=time.perf_counter):
    """Return how long a function takes."""
    begin = clock()
    function()
    return clock() - begin


def in_turn(functions, *, rounds=3, seconds=0.0, clock=time.perf_counter, pause=0.0):
    """Return the times of each function by its name, one a round, after one that does not count.

    There are at least so many rounds, and as many as begin within so many seconds. Before each
    function nothing is done for ``pause`` seconds.
    """
    for function in functions.values():
        function()
    times = {name: [] for name in functions}
    stop = time.perf_counter() + seconds
    done = 0
    while done < rounds or time.perf_counter() < stop:
        for name, function in functions.items():
            time.sleep(pause)
            times[name].append(seconds_of(function, clock))
        done += 1
    return times


def median_ratio(times, one, other):
    """Return the median over rounds of one function's time over another's."""
    return statistics.median(a / b for a, b in zip(times[one], times[other], strict=True))


def best_ratio(times, one, other):
    """Return the ratio of the least times."""
    return min(times[one]) / min(times[other])


def cpu_session(model, threads):
    """Return a session of onnxruntime for a model in memory, as it comes from the box."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    return ort.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])


def read_photographs(folder, count, pipeline):
    """Return the first photographs of a folder as a model takes them, (N, H, W, C)."""
    from percept_adv.classifier import fit_image
    from percept_adv.images import find_images, read_image

    files = [path for path, _ in find_images([folder])][:count]
    return np.stack([fit_image(read_image(path), pipeline)[0] for path in files])


def read_classified(folder, count):
    """Return EfficientNet-Lite0, and photographs with their labels that it classifies correctly.

    The folder holds ``labels.csv`` with the columns file and label.
    """
    from percept_adv.classifier import Classifier, fit_image
    from percept_adv.images import read_image

    classifier = Classifier("efficientnet-lite0", provider="cpu")
    images, labels = [], []
    with (folder / "labels.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            image, _ = fit_image(read_image(folder / row["file"]), classifier.pipeline)
            if classifier.predict(image[np.newaxis])[0] == int(row["label"]):
                images.append(image)
                labels.append(int(row["label"]))
            if len(images) == count:
                break
    return classifier, np.stack(images), np.array(labels)


def astronaut(height, width):
    """Return a colour photograph (H, W, 3) of float32 in [0, 1]."""
    from skimage import data, transform

    image = data.astronaut().astype(np.float32) / 255
    enlarged = height > image.shape[0]
    resized = transform.resize(image, (height, width, 3), anti_aliasing=not enlarged)
    return resized.astype(np.float32)


def grey_pair(size):
    """Return a grey photograph and a noisy copy, both (size, size) uint8."""
    from skimage.data import camera
    from skimage.transform import resize

    reference = np.rint(255 * resize(camera(), (size, size), anti_aliasing=True))
    noise = np.random.default_rng(0).normal(scale=5, size=reference.shape)
    noisy = np.clip(np.rint(reference + noise), 0, 255)
    return reference.astype(np.uint8), noisy.astype(np.uint8)


def peak_bytes():
    """Return the greatest resident memory so far (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def relative(values, truths):
    """Return the relative L2 distance of each item of a batch."""
    size = len(truths)
    distances = np.linalg.norm((values - truths).reshape(size, -1), axis=1)
    return distances / np.maximum(np.linalg.norm(truths.reshape(size, -1), axis=1), 1e-300)


def read_records(path):
    """Return the JSON lines of a file, none where there is no file."""
    return [json.loads(line) for line in path.open(encoding="utf-8")] if path.exists() else []


def keep_record(path, record):
    """Append one JSON line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
