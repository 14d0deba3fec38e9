"""Deployed classifiers in the forms that other libraries take.

>>> from percept_adv.adapters import as_torch
>>> model = as_torch(Classifier("model.onnx"))  # doctest: +SKIP
"""

from __future__ import annotations

from percept_adv.adapters.torch_module import as_torch

__all__ = ["as_torch"]
