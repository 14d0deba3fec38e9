"""Adversarial examples seen from the perceptual side.

The names below are loaded on first use, so that importing one part (say, the
gradient graphs, which need only onnx and numpy) does not load the others.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

__version__: str

if TYPE_CHECKING:
    from percept_adv import attacks, metrics
    from percept_adv.classifier import Classifier, Ensemble
    from percept_adv.gradients import build_gradient_graph
    from percept_adv.magnification import magnify
    from percept_adv.smoothing import GuidedSmoother

_HOMES = {
    "Classifier": "classifier",
    "Ensemble": "classifier",
    "GuidedSmoother": "smoothing",
    "build_gradient_graph": "gradients",
    "magnify": "magnification",
}
_MODULES = ("attacks", "errors", "metrics")

__all__ = [
    "Classifier",
    "Ensemble",
    "GuidedSmoother",
    "__version__",
    "attacks",
    "build_gradient_graph",
    "magnify",
    "metrics",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if name == "__version__":
        return version("percept-adv")
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
