"""A deployed classifier: its ONNX file, its input contract, its logits and gradients."""

from __future__ import annotations

from percept_adv.classifier.classifier import Classifier, Evaluation
from percept_adv.classifier.contract import InputContract
from percept_adv.classifier.inputs import fit_image
from percept_adv.classifier.outputs import softmax

__all__ = ["Classifier", "Evaluation", "InputContract", "fit_image", "softmax"]
