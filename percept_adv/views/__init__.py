"""Ways of looking at an image, one file each: what is shown, and what that cannot show.

To add one: a file with a `View`, and its name in `FURTHER_VIEWS`.
"""

from __future__ import annotations

from percept_adv.views.bit_planes import BIT_PLANES
from percept_adv.views.error_level import ERROR_LEVEL
from percept_adv.views.guided_residual import GUIDED_RESIDUAL
from percept_adv.views.high_pass import HIGH_PASS
from percept_adv.views.local_variance import LOCAL_VARIANCE
from percept_adv.views.noise_residual import NOISE_RESIDUAL
from percept_adv.views.spectrum import SPECTRUM
from percept_adv.views.view import View, shade

FURTHER_VIEWS: dict[str, View] = {
    view.name: view
    for view in (
        HIGH_PASS, NOISE_RESIDUAL, GUIDED_RESIDUAL, LOCAL_VARIANCE, SPECTRUM, ERROR_LEVEL,
        *BIT_PLANES,
    )
}  # fmt: skip
"""By name, beside the image itself, its magnification and its difference to a reference."""

__all__ = ["FURTHER_VIEWS", "View", "shade"]
