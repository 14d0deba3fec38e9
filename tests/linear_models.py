"""Models whose nearest adversarial image is known: linear ones, written with onnx."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from percept_adv.classifier import Classifier

SIDE = 6
PIXELS = SIDE * SIDE


def linear_classifier(folder, weights, bias, *, name="linear"):
    """Return the classifier y = W vec(x) + b of grey images (SIDE, SIDE)."""
    weights, bias = np.asarray(weights, np.float32), np.asarray(bias, np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["image"], ["flat"], axis=1),
            helper.make_node("Gemm", ["flat", "W", "b"], ["logits"], transB=1),
        ],
        name,
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(bias)])],
        [numpy_helper.from_array(weights, "W"), numpy_helper.from_array(bias, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    return Classifier(path, provider="cpu")


def flat_model(path, matrix, bias=None, *, samples=None):
    """Write y = W x + b of flat images."""
    bias = np.zeros(len(matrix)) if bias is None else bias
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["row", "W", "b"], ["logits"], transB=1)],
        "flat",
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["N", samples or len(matrix[0])])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(matrix)])],
        [
            numpy_helper.from_array(np.asarray(matrix, np.float32), "W"),
            numpy_helper.from_array(np.asarray(bias, np.float32), "b"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


class Linear:
    """A linear classifier of four classes with its weights, and images of known class."""

    def __init__(self, folder, *, scale=20.0, classes=4):
        rng = np.random.default_rng(7)
        self.weights = rng.normal(size=(classes, PIXELS)) * scale / SIDE
        # The mean image has equal logits: every class is near everywhere.
        self.bias = -self.weights.sum(axis=1) * 0.5
        self.classifier = linear_classifier(folder, self.weights, self.bias)

    def images(self, count, seed=0):
        """Return images on the 8-bit grid, well inside [0, 1], with their classes."""
        rng = np.random.default_rng(seed)
        directions = self.weights / np.linalg.norm(self.weights, axis=1, keepdims=True)
        towards = directions[rng.integers(0, len(directions), count)]
        distances = rng.uniform(0.35, 0.7, (count, 1))
        flat = 0.5 + distances * towards + rng.normal(0, 0.02, (count, PIXELS))
        levels = np.round(flat.reshape(count, SIDE, SIDE, 1) * 255)
        images = (levels / 255).astype(np.float32)
        return images, self.logits(images).argmax(axis=1)

    def logits(self, images):
        return images.reshape(len(images), -1).astype(np.float64) @ self.weights.T + self.bias

    def nearest(self, images, labels, order=2):
        """Return the distance to the nearest other class in the L2 or Linf norm."""
        logits = self.logits(images)
        found = np.full(len(images), np.inf)
        for other in range(len(self.weights)):
            normal = self.weights[labels] - self.weights[other]
            dual = np.linalg.norm(normal, axis=1, ord=2 if order == 2 else 1)
            gap = logits[np.arange(len(images)), labels] - logits[:, other]
            distance = np.where(labels == other, np.inf, gap / np.maximum(dual, 1e-30))
            found = np.minimum(found, distance)
        return found

    def nearest_target(self, images, labels, targets, order=2):
        """Return a lower bound of the distance to a class: that to its boundary with the label."""
        logits, rows = self.logits(images), np.arange(len(images))
        normal = self.weights[labels] - self.weights[targets]
        dual = np.linalg.norm(normal, axis=1, ord=2 if order == 2 else 1)
        return (logits[rows, labels] - logits[rows, targets]) / dual
