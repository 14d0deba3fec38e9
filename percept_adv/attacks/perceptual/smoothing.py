"""Guided smoothing of a batch: one smoother for each image, built when the image enters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from percept_adv.errors import ParameterError
from percept_adv.smoothing import GuidedSmoother
from percept_adv.threads import for_each_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothingOptions:
    """What `percept_adv.GuidedSmoother` needs besides the guide.

    ``tol`` is the relative residual of each solve. An attack needs a direction, not
    digits: its next step starts from this solution.
    """

    alpha: float = 0.997
    lam: float = 10.0
    kernel: Literal["laplacian", "gaussian"] = "laplacian"
    tol: float = 1e-3

    def __post_init__(self) -> None:
        if not 0 <= self.alpha < 1:
            raise ParameterError(f"alpha is {self.alpha}: give a number in [0, 1)")


@dataclass(frozen=True, slots=True)
class Guidance:
    """The smoothers of the images of a batch, in their order."""

    smoothers: tuple[GuidedSmoother, ...]

    @classmethod
    def build(cls, originals: NDArray[np.floating], options: SmoothingOptions) -> Guidance:
        """Build a smoother for each image (B, H, W, C), guided by it."""
        return cls(
            tuple(
                GuidedSmoother(
                    guide,
                    alpha=options.alpha,
                    lam=options.lam,
                    kernel=options.kernel,
                    tol=options.tol,
                )
                for guide in originals
            )
        )

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
