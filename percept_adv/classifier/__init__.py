"""A deployed classifier: its ONNX file, the pipeline in front of it, its logits and gradients."""

from __future__ import annotations

from percept_adv.classifier.checks import check_classifier, check_gradient
from percept_adv.classifier.classifier import Classifier
from percept_adv.classifier.coarse import Blocks
from percept_adv.classifier.constants import record_of
from percept_adv.classifier.contracts import pipeline_of_model
from percept_adv.classifier.differentiated import Evaluation
from percept_adv.classifier.ensemble import Ensemble
from percept_adv.classifier.inputs import PLACES, Place, fit_image, read_fitting
from percept_adv.classifier.outputs import softmax
from percept_adv.classifier.prefix import IMAGE
from percept_adv.classifier.source import Model, find_model
from percept_adv.decisions.heads import SCORES

__all__ = [
    "IMAGE",
    "PLACES",
    "SCORES",
    "Blocks",
    "Classifier",
    "Ensemble",
    "Evaluation",
    "Model",
    "Place",
    "check_classifier",
    "check_gradient",
    "find_model",
    "fit_image",
    "pipeline_of_model",
    "read_fitting",
    "record_of",
    "softmax",
]
