"""What ``percept-adv doctor`` checks: each function says what it found, or raises."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import percept_adv_models as bundled

from percept_adv import Classifier, GuidedSmoother, attacks, magnify, metrics
from percept_adv.gradients import build_gradient_graph
from percept_adv.images import read_pixels
from percept_adv.runtime import assigned_nodes, resolve_provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_MODEL, _DATASET = "c4", "mnist-sample"
_LARGE_MODEL = "efficientnet-lite0"
_HEAVY = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul", "FusedConv", "FusedMatMul"})
"""Operators that take nearly all of the time."""


@dataclass(frozen=True)
class Found:
    """What a check found: a sentence, and what ``--json`` tells besides."""

    detail: str
    values: dict[str, Any] = field(default_factory=dict)


def all_checks(provider: Any) -> Iterator[tuple[str, Callable[[], Found]]]:
    """Yield the name of each check and what runs it."""
    for name in bundled.names():
        yield f"model {name}", partial(_check_model_file, name)
    for name in bundled.dataset_names():
        yield f"data set {name}", partial(_check_dataset, name)
    for name in (_MODEL, _LARGE_MODEL):
        yield f"nodes of {name}", partial(_check_nodes, name, provider)
    yield "smoothing", _check_smoothing
    yield "magnification", _check_magnification
    yield "metrics", _check_metrics
    yield "gradient", partial(_check_gradient, provider)
    yield "attack", partial(_check_attack, provider)


def _require(holds: bool, said: str, **values: Any) -> Found:
    """Return what was found, or raise with it."""
    if not holds:
        raise ArithmeticError(said)
    return Found(said, values)


def _check_model_file(name: str) -> Found:
    digest = hashlib.sha256(bundled.path(name).read_bytes()).hexdigest()
    card = bundled.describe(name)
    return _require(digest == card.sha256, f"sha256 {digest[:12]}, catalogue {card.sha256[:12]}")


def _check_nodes(name: str, provider: Any) -> Found:
    """Ask onnxruntime which provider each node of a gradient graph gets."""
    graph = build_gradient_graph(bundled.path(name), loss="margin")
    first = resolve_provider(provider)
    nodes = assigned_nodes(graph, first)
    if nodes is None:
        return Found("this version of onnxruntime does not tell the provider of a node")
    total = sum(sum(count.values()) for count in nodes.values())
    left = sum((count for key, count in nodes.items() if key != first), Counter())
    said = f"{first} takes {sum(nodes[first].values())} of {total} nodes of its gradient graph"
    if left:
        said += ", the CPU " + ", ".join(f"{number} {op}" for op, number in sorted(left.items()))
    return _require(bool(nodes[first]) and not _HEAVY & left.keys(), said, nodes=nodes)


def _check_dataset(name: str) -> Found:
    rows = _labels(name)
    missing = [row for row in rows if not (bundled.dataset_path(name) / row["file"]).is_file()]
    expected = bundled.describe_dataset(name).images
    found = len(rows) - len(missing)
    return _require(found == expected, f"{found} of {expected} labelled images are there")


def _check_smoothing() -> Found:
    """Compare <J z, g> with <z, J^T g>: J^T is the exact adjoint (eq. 19)."""
    random = np.random.default_rng(0)
    smoother = GuidedSmoother(random.random((48, 48, 3)), tol=1e-10)
    z, g = random.standard_normal((2, 48, 48, 3))
    first, second = np.vdot(smoother.smooth(z), g), np.vdot(z, smoother.adjoint(g))
    error = abs(first - second) / np.linalg.norm(g) / np.linalg.norm(z)
    return _require(error < 1e-8, f"adjoint identity holds to {error:.1e}")


def _check_magnification() -> Found:
    """Hide noise in a ramp: magnification has to bring it out."""
    noise = _chessboard(1) / np.float32(255)
    inner = (slice(8, -8), slice(8, -8))
    recovered = []
    # In colour and in grey, for which the filters are compiled each by itself.
    for part in (..., (..., 0)):
        magnified = magnify((_ramp() + noise)[part])
        recovered.append(np.corrcoef(magnified[inner].ravel(), noise[part][inner].ravel())[0, 1])
    worst = np.min(recovered)
    return _require(bool(worst > 0.9), f"noise of 1/255 comes out with correlation {worst:.3f}")


def _check_metrics() -> Found:
    """Compare MAD of a pattern at two contrasts: more is more visible, and none not at all."""
    ramp, fields = _ramp(), _chessboard(4)
    none, less, more = (metrics.mad(ramp, ramp + share * fields) for share in (0, 0.05, 0.1))
    said = f"MAD of a pattern is {less:.3g}, of twice the contrast {more:.3g}, of none {none:.3g}"
    return _require(none == 0 < less < more, said)


def _ramp() -> NDArray[np.float32]:
    """Return a picture in colour, in the precision of files."""
    column = np.linspace(0.3, 0.7, 48, dtype=np.float32)[:, np.newaxis]
    return np.broadcast_to(column, (48, 48, 3))


def _chessboard(side: int) -> NDArray[np.float32]:
    """Return fields of 1 and -1 of so many pixels on a side."""
    odd = (np.indices((48, 48, 3))[:2] // side).sum(axis=0) % 2
    return np.where(odd, np.float32(1), np.float32(-1))


def _check_gradient(provider: Any) -> Found:
    """Compare the gradient with central differences along itself."""
    classifier, digit, label = _digit(provider)
    # Steps must not leave [0, 1].
    image = 0.2 + 0.6 * digit
    cotangent = np.eye(classifier.class_count, dtype=np.float32)[[label]]
    gradient = classifier.gradient(image, cotangent).astype(np.float64)
    norm = np.linalg.norm(gradient)
    step = 1e-2 * gradient / norm
    ahead, behind = (classifier.logits(image + sign * step)[0, label] for sign in (1, -1))
    slope = float(ahead - behind) / 2e-2
    error = abs(slope - norm) / norm
    return _require(bool(error < 0.05), f"agrees with finite differences to {error:.1e}")


def _check_attack(provider: Any) -> Found:
    """Attack a digit end to end; the model itself judges the stored image."""
    classifier, image, label = _digit(provider)
    result = attacks.attack(
        "scw", classifier, image, np.array([label]), alpha=0.95, search_steps=3, iterations=40
    )[0]
    again = int(classifier.predict(result.stored[np.newaxis] / np.float32(255))[0])
    said = f"digit {label} became {again} at L2 {result.stored_l2:.2f} in {result.seconds:.1f} s"
    for session in classifier.differentiated.step_sessions:
        said += f", {'by' if session.is_replayed else 'without'} CUDA graphs"
    return _require(result.success and again != label, said)


def _digit(provider: Any) -> tuple[Classifier, NDArray[np.float32], int]:
    """Return the bundled network, and the first sample digit (1, H, W, 1) with its label."""
    row = _labels(_DATASET)[0]
    pixels = read_pixels(bundled.dataset_path(_DATASET) / row["file"])
    image = pixels.astype(np.float32)[np.newaxis, ..., np.newaxis]
    return Classifier(_MODEL, provider=provider), image, int(row["label"])


def _labels(dataset: str) -> list[dict[str, str]]:
    with (bundled.dataset_path(dataset) / "labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
