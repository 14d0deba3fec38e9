"""Parameters that smooth attacks share: of the pixel graph, and of the solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from percept_adv.parameters import Parameters, choice, real, whole
from percept_adv.pixel_graph import FEATURE_KERNELS
from percept_adv.smoothing import LARGEST_ALPHA
from percept_adv.solvers import method_names


@dataclass(frozen=True, kw_only=True)
class EnergyOptions(Parameters):
    """Of the energy L_alpha of an original (eq. 7): its pixel graph, and alpha."""

    alpha: float = real(
        0.997,
        least=0,
        most=LARGEST_ALPHA,
        summary="Amount of smoothing: 0.997 for photographs, 0.95 for 28 x 28 digits.",
    )
    lam: float = real(
        10.0,
        least=0,
        unit="1 / image value (squared for gaussian)",
        summary="How fast the weight of two pixels falls with their difference in colour.",
    )
    kernel: Literal["laplacian", "gaussian"] = choice(
        "laplacian",
        *FEATURE_KERNELS,
        summary="Weight of a colour difference d: exp(-lam d), or exp(-lam d^2) for gaussian.",
    )
    neighbours: float = real(
        4,
        above=0,
        unit="pixels",
        summary="4 or 8 neighbours on the grid; another number r joins all pixels within r.",
    )
    spatial_sigma: float = real(
        1.0,
        above=0,
        unit="pixels",
        summary="Standard deviation of the spatial weights; no effect with 4 neighbours.",
    )


@dataclass(frozen=True, kw_only=True)
class SmoothingOptions(EnergyOptions):
    """What `percept_adv.GuidedSmoother` needs besides the guide."""

    channels: Literal["joint", "per_channel"] = choice(
        "joint", "joint", "per_channel", summary="One pixel graph for all channels, or one each."
    )
    method: str = choice(
        "auto", *method_names(), summary="The solver; see percept_adv.GuidedSmoother."
    )
    # An attack needs a direction, not digits: its next step starts from this solution.
    tol: float = real(1e-3, above=0, below=1, summary="Relative residual of each solve.")
    steps: int | None = whole(
        None,
        least=0,
        if_none="as many as tol needs",
        summary="Fixed number of steps of the method chebyshev, even if they miss tol.",
    )
