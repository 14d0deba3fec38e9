"""What may happen to a stored image before a model sees it, and attacks that survive it.

Each transformation is one small file: what it does to an image, and how a gradient comes back
through it. `Surviving` puts several in front of a target.
"""

from __future__ import annotations

from percept_adv.transformations.registry import KINDS, parse_transformation, parse_transformations
from percept_adv.transformations.surviving import Surviving, survived_by, with_survival
from percept_adv.transformations.transformation import Transformation

__all__ = [
    "KINDS",
    "Surviving",
    "Transformation",
    "parse_transformation",
    "parse_transformations",
    "survived_by",
    "with_survival",
]
