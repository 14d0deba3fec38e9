"""Which pixels a classifier's score depends on: four methods from the literature.

>>> from percept_adv import Classifier
>>> from percept_adv.explanation import explain
>>> classifier = Classifier("c4")
>>> explain("saliency", classifier, images).maps.shape  # doctest: +SKIP
(8, 28, 28)
"""

from __future__ import annotations

from percept_adv.explanation.exporting import export_explanation
from percept_adv.explanation.methods import (
    METHODS,
    Explanation,
    Method,
    explain,
    grad_cam,
    integrated_gradients,
    saliency,
    smoothgrad,
)
from percept_adv.explanation.pictures import heat_picture
from percept_adv.explanation.repeated import Range

__all__ = [
    "METHODS",
    "Explanation",
    "Method",
    "Range",
    "explain",
    "export_explanation",
    "grad_cam",
    "heat_picture",
    "integrated_gradients",
    "saliency",
    "smoothgrad",
]
