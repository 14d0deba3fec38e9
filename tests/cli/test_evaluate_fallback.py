"""A run on a model without usable gradients says which images other means found."""

import csv

import numpy as np
import onnx
from linear_models import Linear
from onnx import helper, numpy_helper

from percept_adv.images import write_png


def rounded_in_the_dark(source, path):
    """Write a model that rounds its scores, without a gradient, where the first pixel is dark."""
    model = onnx.load(source)
    graph = model.graph
    graph.node[-1].output[0] = "z"
    for name, value in {"first": [0], "dark": 0.3, "many": 100.0}.items():
        kind = np.int64 if name == "first" else np.float32
        graph.initializer.append(numpy_helper.from_array(np.array(value, kind), name))
    graph.node.extend(
        [
            helper.make_node("Gather", ["flat", "first"], ["pixel"], axis=1),
            helper.make_node("Greater", ["pixel", "dark"], ["is_light"]),
            helper.make_node("Mul", ["z", "many"], ["finer"]),
            helper.make_node("Round", ["finer"], ["whole"]),
            helper.make_node("Div", ["whole", "many"], ["rounded"]),
            helper.make_node("Where", ["is_light", "z", "rounded"], ["logits"]),
        ]
    )
    onnx.save(model, path)
    return path


def test_what_other_means_found_is_told(percept_adv_here, tmp_path):
    linear = Linear(tmp_path)
    model = rounded_in_the_dark(linear.classifier.path, tmp_path / "rounded.onnx")
    images, _ = linear.images(2)
    images[:, 0, 0] = 0
    labels = linear.logits(images).argmax(axis=1)
    folder = tmp_path / "images"
    folder.mkdir()
    lines = ["file,label"]
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        write_png(folder / f"{i}.png", image)
        lines.append(f"{i}.png,{label}")
    (folder / "labels.csv").write_text("\n".join(lines))
    run = tmp_path / "run"
    attacks = "--attacks", "ddn", "--quiet"
    done = percept_adv_here("evaluate", model, folder, "-o", run, *attacks)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((run / "tables" / "images.csv").open()))
    assert [(row["success"], row["found_by"]) for row in rows] == [("1", "finite differences")] * 2
    assert "`found_by`" in (run / "README.md").read_text()
    page = (run / "index.html").read_text()
    assert "had no usable gradient: ddn: 2 of 2 (finite differences 2)" in page
    own = tmp_path / "own"
    done = percept_adv_here("evaluate", linear.classifier.path, folder, "-o", own, *attacks)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((own / "tables" / "images.csv").open()))
    assert {row["found_by"] for row in rows} == {""}
    assert "Found by other means" not in (own / "index.html").read_text()
