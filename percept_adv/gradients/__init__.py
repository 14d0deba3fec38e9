"""ONNX to ONNX reverse-mode differentiation of image classifiers; needs onnx and numpy only.

>>> graph = build_gradient_graph("model.onnx", loss="cross_entropy")  # doctest: +SKIP
"""

from percept_adv.gradients.builder import build_gradient_graph
from percept_adv.gradients.constant_inputs import refuse_open_inputs, with_constant_inputs
from percept_adv.gradients.guard import GUARD
from percept_adv.gradients.heads import HeadKind
from percept_adv.gradients.increasing import IncreasingEnd, increasing_end
from percept_adv.gradients.labels_only import scores_of_labels
from percept_adv.gradients.loading import external_tensors, load_model
from percept_adv.gradients.logits import expose_logits, expose_ranking, head_kind, last_operator
from percept_adv.gradients.losses import GraphLoss
from percept_adv.gradients.naming import rename_tensors
from percept_adv.gradients.opsets import version_of
from percept_adv.gradients.ports import with_image_size
from percept_adv.gradients.report import GradientReport, OperatorUse, Port, check_model

__all__ = [
    "GUARD",
    "GradientReport",
    "GraphLoss",
    "HeadKind",
    "IncreasingEnd",
    "OperatorUse",
    "Port",
    "build_gradient_graph",
    "check_model",
    "expose_logits",
    "expose_ranking",
    "external_tensors",
    "head_kind",
    "increasing_end",
    "last_operator",
    "load_model",
    "refuse_open_inputs",
    "rename_tensors",
    "scores_of_labels",
    "version_of",
    "with_constant_inputs",
    "with_image_size",
]
