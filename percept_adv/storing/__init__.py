"""What an image is stored as: the files, and the grid of all that they can hold.

A store makes a lattice for each image: the integer coordinates of everything that can be written
in its place (levels of pixels for PNG, quantised DCT coefficients for JPEG). Attacks end on it, so
that what is judged is what is sent.
"""

from __future__ import annotations

from percept_adv.storing.choosing import PNG, STORES, StoreChoice
from percept_adv.storing.jpeg import SUBSAMPLINGS, Jpeg, KeptJpeg, keep_format
from percept_adv.storing.lattice import Lattice, Store
from percept_adv.storing.nearest import Stored, Surroundings
from percept_adv.storing.png import Png
from percept_adv.storing.regions import Regions

__all__ = [
    "PNG",
    "STORES",
    "SUBSAMPLINGS",
    "Jpeg",
    "KeptJpeg",
    "Lattice",
    "Png",
    "Regions",
    "Store",
    "StoreChoice",
    "Stored",
    "Surroundings",
    "keep_format",
]
