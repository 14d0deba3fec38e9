"""Guided smoothing of a batch, built when its images enter: by solvers, or by fixed steps."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from percept_adv.attacks.perceptual.checkerboard import FOUR_NEIGHBOURS, Checkerboard
from percept_adv.attacks.perceptual.stencil import Stencil, region_of
from percept_adv.smoothing import GuidedSmoother
from percept_adv.solvers import chebyshev_steps
from percept_adv.threads import for_each_item

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.attacks.perceptual.options import SmoothingOptions


class Guidance(Protocol):
    """The smoothing of the images of a batch, in their order."""

    def smooth(self, z: Array, *, start: Array) -> Array:
        """Return s_hat(z) for each image, (B, H, W, C); ``start`` is a guess of it (eq. 9)."""

    def adjoint(self, g: Array, *, start: Array) -> Array:
        """Return J^T g for each image; ``start`` is a guess of it (eq. 19)."""

    def take(self, rows: NDArray[np.intp]) -> Guidance:
        """Return the guidance of some images."""

    def join(self, other: Any) -> Guidance:
        """Return the guidance of both groups of images."""


def build_guidance(
    originals: NDArray[np.floating],
    options: SmoothingOptions,
    mask: NDArray[Any] | None = None,
) -> Guidance:
    """Return the smoothing guided by each image (B, H, W, C), inside the mask (B, H, W, 1)."""
    if options.method == "chebyshev":
        return FixedGuidance.build(originals, options, mask)
    return SolvedGuidance.build(originals, options, mask)


def guidance_of(problem: Problem) -> Guidance:
    """Return the guidance of a problem that has one."""
    guidance: Any = problem.guidance
    if guidance is None:
        raise TypeError("a problem for a smooth attack has guidance")
    smoothing: Guidance = guidance
    return smoothing


@dataclass(frozen=True, slots=True)
class SolvedGuidance:
    """One smoother for each image, whose solver stops at its tolerance."""

    smoothers: tuple[GuidedSmoother, ...]

    @classmethod
    def build(
        cls,
        originals: NDArray[np.floating],
        options: SmoothingOptions,
        mask: NDArray[Any] | None = None,
    ) -> SolvedGuidance:
        """Build a smoother for each image (B, H, W, C), guided by it, inside the mask."""
        return cls(
            tuple(
                GuidedSmoother(guide, **asdict(options), mask=region_of(mask, row))
                for row, guide in enumerate(originals)
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

    def take(self, rows: NDArray[np.intp]) -> SolvedGuidance:
        """Return the guidance of some images."""
        return SolvedGuidance(tuple(self.smoothers[row] for row in rows))

    def join(self, other: SolvedGuidance) -> SolvedGuidance:
        """Return the guidance of both groups of images."""
        return SolvedGuidance(self.smoothers + other.smoothers)


@dataclass(frozen=True, slots=True)
class FixedGuidance:
    """A fixed number of Chebyshev steps for all images together, in any array API namespace.

    The adjoint is exact however few the steps are.

    Attributes
    ----------
    graph
        Wn of each image: on a checkerboard with 4 neighbours, which halves the work.
    normalizer
        s_alpha(1), (B, H, W, 1), or (B, H, W, C) where each channel has its graph.
    alpha, steps
        As for `percept_adv.GuidedSmoother`.
    mask
        (B, H, W, 1): 1 where images are smoothed, 0 where the result is 0; None if everywhere.
    """

    graph: Stencil | Checkerboard
    normalizer: Array
    alpha: float
    steps: int
    mask: Array | None = None

    @classmethod
    def build(
        cls,
        originals: NDArray[np.floating],
        options: SmoothingOptions,
        mask: NDArray[Any] | None = None,
    ) -> FixedGuidance:
        """Build the stencils of images (B, H, W, C), in their type, inside the mask."""
        per_channel = options.channels == "per_channel"
        steps = options.steps
        if steps is None:
            steps = chebyshev_steps(options.alpha, options.tol)
        # The sum of weights is solved for once, closely, by whatever is quickest.
        smoothers = SolvedGuidance.build(
            originals, replace(options, method="auto", steps=None), mask
        )
        weights = [smoother.normalizer for smoother in smoothers.smoothers]
        shape = (*originals.shape[:3], originals.shape[3] if per_channel else 1)
        stencil = Stencil.build(originals, options, per_channel=per_channel, mask=mask)
        return cls(
            Checkerboard.of(stencil) if stencil.offsets == FOUR_NEIGHBOURS else stencil,
            np.array(weights, originals.dtype).reshape(shape),
            options.alpha,
            steps,
            None if mask is None else mask.astype(originals.dtype),
        )

    def smooth(self, z: Array, *, start: Array) -> Array:
        """Return s_hat(z) for each image, (B, H, W, C); ``start`` is a guess of it (eq. 9)."""
        return self._solved(z, start * self.normalizer) / self.normalizer

    def adjoint(self, g: Array, *, start: Array) -> Array:
        """Return J^T g for each image; ``start`` is a guess of it (eq. 19)."""
        return self._solved(g / self.normalizer, start)

    def _solved(self, rhs: Array, start: Array) -> Array:
        if self.mask is not None:
            rhs, start = self.mask * rhs, self.mask * start
        return self.graph.solve(rhs, alpha=self.alpha, steps=self.steps, start=start)

    def take(self, rows: NDArray[np.intp]) -> FixedGuidance:
        """Return the guidance of some images."""
        return replace(
            self,
            graph=self.graph.take(rows),
            normalizer=self.normalizer[rows],
            mask=None if self.mask is None else self.mask[rows],
        )

    def join(self, other: FixedGuidance) -> FixedGuidance:
        """Return the guidance of both groups of images."""
        mask = None
        if self.mask is not None and other.mask is not None:
            mask = np.concatenate([self.mask, other.mask])
        # The options of an attack decide which of both kinds: it is one for all its images.
        graph: Any = self.graph
        return replace(
            self,
            graph=graph.join(other.graph),
            normalizer=np.concatenate([self.normalizer, other.normalizer]),
            mask=mask,
        )
