"""A deployed classifier: its ONNX file, the pipeline before it, its logits and gradients."""

from __future__ import annotations

from percept_adv.classifier.classifier import Classifier
from percept_adv.classifier.differentiated import Evaluation
from percept_adv.classifier.inputs import Place, default_place, fit_image
from percept_adv.classifier.outputs import softmax

__all__ = ["Classifier", "Evaluation", "Place", "default_place", "fit_image", "softmax"]
