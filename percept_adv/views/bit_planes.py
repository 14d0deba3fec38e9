"""The bits of the samples, one plane at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.images import to_uint8
from percept_adv.views.view import View

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _plane(bit: int) -> View:
    def compute(image: NDArray[np.float32]) -> NDArray[np.float32]:
        return ((to_uint8(image) >> bit) & 1).astype(np.float32)

    place = {0: ", the lowest", 7: ", the highest"}.get(bit, "")
    return View(
        f"bit_{bit}",
        f"Bit plane {bit}{place}",
        f"Bit {bit} of each sample in 8 bits: an untouched sensor's lowest planes look random, "
        "saturated and synthetic areas do not; a perturbation of a few levels looks random, too.",
        compute,
        signed=False,
    )


BIT_PLANES = tuple(_plane(bit) for bit in range(8))
