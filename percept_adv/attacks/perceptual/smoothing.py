"""Guided smoothing of a batch: one smoother for each image, built when the image enters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from percept_adv.parameters import Parameters, choice, real, whole
from percept_adv.pixel_graph import FEATURE_KERNELS
from percept_adv.smoothing import LARGEST_ALPHA, GuidedSmoother
from percept_adv.solvers import METHODS
from percept_adv.threads import for_each_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array


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
        summary="Standard deviation of the spatial weights; of no effect with 4 neighbours.",
    )


@dataclass(frozen=True, kw_only=True)
class SmoothingOptions(EnergyOptions):
    """What `percept_adv.GuidedSmoother` needs besides the guide."""

    channels: Literal["joint", "per_channel"] = choice(
        "joint", "joint", "per_channel", summary="One pixel graph for all channels, or one each."
    )
    method: Literal["auto", "amg", "chebyshev", "dense"] = choice(
        "auto", *METHODS, summary="The solver; see percept_adv.GuidedSmoother."
    )
    # An attack needs a direction, not digits: its next step starts from this solution.
    tol: float = real(1e-3, above=0, below=1, summary="Relative residual of each solve.")
    steps: int | None = whole(
        None,
        least=0,
        if_none="as many as tol needs",
        summary="Steps of the method chebyshev, kept to even where they miss tol.",
    )


@dataclass(frozen=True, slots=True)
class Guidance:
    """The smoothers of the images of a batch, in their order."""

    smoothers: tuple[GuidedSmoother, ...]

    @classmethod
    def build(cls, originals: NDArray[np.floating], options: SmoothingOptions) -> Guidance:
        """Build a smoother for each image (B, H, W, C), guided by it."""
        return cls(tuple(GuidedSmoother(guide, **asdict(options)) for guide in originals))

    def smooth(self, z: Array, *, start: Array) -> Array:
        """Return s_hat(z) for each image, (B, H, W, C); ``start`` is a guess of it (eq. 9)."""
        return self._stacked(lambda i: self.smoothers[i].smooth(z[i], start=start[i]))

    def adjoint(self, g: Array, *, start: Array) -> Array:
        """Return J^T g for each image; ``start`` is a guess of it (eq. 19)."""
        return self._stacked(lambda i: self.smoothers[i].adjoint(g[i], start=start[i]))

    def _stacked(self, solve: Callable[[int], NDArray[np.floating]]) -> Array:
        """Solve for all images side by side: each solve keeps one processor busy."""
        return np.stack(for_each_item(solve, len(self.smoothers)))

    def take(self, rows: NDArray[np.intp]) -> Guidance:
        """Return the guidance of some images."""
        return Guidance(tuple(self.smoothers[row] for row in rows))

    def join(self, other: Guidance) -> Guidance:
        """Return the guidance of both groups of images."""
        return Guidance(self.smoothers + other.smoothers)


def guidance_of(problem: Problem) -> Guidance:
    """Return the smoothers of a problem that has them."""
    if not isinstance(problem.guidance, Guidance):
        raise TypeError("a problem for a smooth attack has guidance")
    return problem.guidance
