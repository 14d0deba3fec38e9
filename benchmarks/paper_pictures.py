"""Pictures of what the attacks of paper_tables.py made: digits, and photographs magnified."""

import numpy as np
from matplotlib.figure import Figure
from paper_setup import TITLES

from percept_adv import magnify
from percept_adv.images import from_uint8, read_image
from percept_adv.magnification import viewing_range

PHOTOS = 2
SIDE = 1.7  # inches


def draw_digits(store, outcomes):
    """Draw the first digit of each class: a row for the originals, and one for each attack."""
    labels = {one.sample.file: one.sample.label for one in outcomes[0].chosen}
    files = [next(file for file, label in labels.items() if label == digit) for digit in range(10)]
    rows = [("original", originals(store, outcomes, files))]
    rows += [(TITLES[one.attack], adversarials(store, one, files)) for one in outcomes]
    return sheet(rows)


def draw_photos(store, outcomes):
    """Draw photographs and, under each row, the same row magnified with the same scale.

    Chosen are the photographs with the median and the largest distance between the MAD of C&W
    and that of sC&W, among those that all attacks fooled.
    """
    by_name = {one.attack: one for one in outcomes}
    mads = [
        {c.sample.file: c.record["mad"] for c in by_name[name].successes} for name in ("cw", "scw")
    ]
    common = set.intersection(*({c.sample.file for c in one.successes} for one in outcomes))
    ranked = sorted(sorted(common), key=lambda file: mads[0][file] - mads[1][file])
    files = [ranked[len(ranked) // 2], ranked[-1]][:PHOTOS]
    rows = [("original", originals(store, outcomes, files))]
    rows += [(TITLES[one.attack], adversarials(store, one, files)) for one in outcomes]
    return sheet([(title, interleave_magnified(images)) for title, images in rows])


def originals(store, outcomes, files):
    samples = {one.sample.file: one.sample for one in outcomes[0].chosen}
    return [read(store.original_path(samples[file])) for file in files]


def adversarials(store, one, files):
    pictures = {chosen.sample.file: chosen.record["picture"] for chosen in one.chosen}
    return [read(store.folder / pictures[file]) for file in files]


def read(path):
    return read_image(path).samples


def interleave_magnified(images):
    shown = []
    for image in images:
        magnified = magnify(from_uint8(image, np.float32))
        shown += [image, viewing_range([magnified], norm="fixed").render_8bit(magnified)]
    return shown


def sheet(rows):
    """Return rows of images with a title each, as one figure."""
    count = len(rows[0][1])
    figure = Figure(figsize=(SIDE * count, SIDE * len(rows)), layout="constrained")
    axes = figure.subplots(len(rows), count, squeeze=False)
    for line, (title, images) in zip(axes, rows, strict=True):
        line[0].set_ylabel(title)
        for cell, image in zip(line, images, strict=True):
            cell.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            cell.set(xticks=[], yticks=[])
    return figure
