"""A deployed classifier: its ONNX file, its input contract, its logits and gradients."""

from __future__ import annotations

from .classifier import Classifier, Evaluation
from .contract import InputContract
from .inputs import fit_image
from .outputs import softmax

__all__ = ["Classifier", "Evaluation", "InputContract", "fit_image", "softmax"]
