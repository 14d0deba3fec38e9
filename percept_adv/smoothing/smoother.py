"""Smoothing guided by an image, and its exact adjoint.

Zhang et al., "Smooth Adversarial Examples", EURASIP J. Inf. Security 2020.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from percept_adv.errors import ConvergenceError, ShapeError
from percept_adv.pixel_graph import FEATURE_KERNELS, neighbourhood, pixel_graph
from percept_adv.smoothing.checks import check_choice, check_number, checked_mask, finite_floats
from percept_adv.solvers import SolveResult, make_solver, method_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LARGEST_ALPHA = 1.0 - 1e-6
DEFAULT_ALPHA = 0.997
"""The paper's, for photographs."""


class GuidedSmoother:
    """Smooth images and perturbations along the edges of a guide image.

    The guide's pixel graph and what its solver needs are built once; every call then
    solves for all channels and images of its argument together.

    Parameters
    ----------
    guide
        Image of shape (H, W) or (H, W, C), floats in [0, 1].
    alpha
        Amount of smoothing in [0, 1 - 1e-6]; 0 is the identity. The paper takes 0.997 for
        photographs and 0.95 for digits.
    lam
        Decay of the feature kernel per unit (Laplacian) or squared unit (Gaussian) of
        image value, not negative.
    kernel
        ``"laplacian"``: exp(-lam d); ``"gaussian"``: exp(-lam d^2), d the Euclidean distance.
    channels
        ``"joint"``: one graph, distances over all channels; ``"per_channel"``: one graph
        for each channel.
    neighbours
        4 or 8 grid neighbours; ``{"radius": r}``, or another number r, for all pixels
        within r pixels.
    spatial_sigma
        Standard deviation in pixels of the spatial Gaussian of all neighbourhoods but the
        4 neighbours.
    method
        ``"grid"``: conjugate gradients preconditioned by an incomplete factorisation, for 4
        neighbours; ``"amg"``: the same by algebraic multigrid, for any;
        ``"chebyshev"``: a fixed number of steps, self-adjoint even when few;
        ``"dense"``: a factorisation, for small images; ``"auto"``: the fastest of them.
    tol
        Tolerance in (0, 1) for ||b - L_alpha x|| / ||b|| of each channel.
    steps
        Number of Chebyshev steps; None for as many as ``tol`` needs. A number given is
        kept to even where it misses ``tol``.
    mask
        (H, W): True, or above 0, in the region to smooth within. Nothing flows across its border:
        in the region the result is the smoothing of the region alone, outside it is 0.

    Raises
    ------
    ImageError
        If the guide is no float image or holds NaN or infinity.
    ShapeError
        If the guide is neither (H, W) nor (H, W, C), or the mask has another size.
    ParameterError
        If a parameter is outside its range, or the mask leaves no pixel.

    Examples
    --------
    >>> guide = np.random.default_rng(0).random((8, 8, 3))
    >>> half = np.arange(8) < 4 * np.ones((8, 1))
    >>> smoothed = GuidedSmoother(guide, alpha=0.9, mask=half).smooth(guide)
    >>> alone = GuidedSmoother(guide[:, :4], alpha=0.9).smooth(guide[:, :4])
    >>> bool(np.allclose(smoothed[:, :4], alone, atol=1e-5)), float(abs(smoothed[:, 4:]).max())
    (True, 0.0)
    """

    def __init__(
        self,
        guide: NDArray[np.floating],
        *,
        alpha: float = DEFAULT_ALPHA,
        lam: float = 10.0,
        kernel: Literal["laplacian", "gaussian"] = "laplacian",
        channels: Literal["joint", "per_channel"] = "joint",
        neighbours: float | Mapping[str, float] = 4,
        spatial_sigma: float = 1.0,
        method: str = "auto",
        tol: float = 1e-6,
        steps: int | None = None,
        mask: NDArray[Any] | None = None,
    ) -> None:
        image = finite_floats(guide, "guide").astype(np.float64, copy=False)
        if image.ndim not in (2, 3):
            raise ShapeError(f"guide has shape {image.shape}: give (H, W) or (H, W, C)")
        check_number("alpha", alpha, lambda v: 0.0 <= v <= LARGEST_ALPHA, "0 to 1 - 1e-6")
        check_number("lam", lam, lambda v: v >= 0.0, "a number not below 0")
        check_number("tol", tol, lambda v: 0.0 < v < 1.0, "a number between 0 and 1")
        if steps is not None:
            check_number("steps", steps, lambda v: v >= 0 and v == int(v), "a whole number")
        check_choice("kernel", kernel, FEATURE_KERNELS)
        check_choice("channels", channels, ("joint", "per_channel"))
        check_choice("method", method, method_names())
        hood = neighbourhood(neighbours, spatial_sigma=spatial_sigma)
        image = np.atleast_3d(image)
        parts = [image] if channels == "joint" else np.split(image, image.shape[2], axis=2)
        self._shape = image.shape[:2]
        self._tol = tol
        self._told = (
            f"alpha {alpha:g}, {kernel} lam {lam:g}, {channels}, method {method}, tol {tol:g}"
        )
        self._kept_steps = method == "chebyshev" and steps is not None
        self._mask = None if mask is None else checked_mask(mask, self._shape)
        graphs = (
            pixel_graph(part, hood, kernel=kernel, lam=lam, mask=self._mask) for part in parts
        )
        self._solvers = [make_solver(graph, alpha, method=method, steps=steps) for graph in graphs]

    def __repr__(self) -> str:
        rows, columns = self._shape
        return f"<GuidedSmoother of {rows} x {columns} pixels: {self._told}>"

    @cached_property
    def normalizer(self) -> NDArray[np.float64]:
        """s_alpha(1), positive: (H, W), or (H, W, C) where each channel has its graph.

        Solved for on first use, ten times more closely than ``tol``. Outside a mask it is that of
        a pixel without edges.
        """
        ones = np.ones((1, *self._shape, len(self._solvers)))
        solved = self._converged(ones, None, max(0.1 * self._tol, min(self._tol, 1e-10))).x
        return solved[0, ..., 0] if len(self._solvers) == 1 else solved[0]

    def smooth(
        self,
        z: NDArray[np.floating],
        *,
        start: NDArray[np.floating] | None = None,
        tol: float | None = None,
    ) -> NDArray[np.floating]:
        """Return s_hat_alpha(z) = s_alpha(z) / s_alpha(1), in the shape and dtype of z (eq. 9).

        Parameters
        ----------
        z
            Array of shape (H, W), (H, W, C) or (B, H, W, C), any finite values.
        start
            A first guess of the result: that of a similar z, say of the last step.
        tol
            Tolerance of this call instead of the smoother's.

        Returns
        -------
        ndarray
            The shape and type of z.

        Raises
        ------
        ImageError
            If z holds NaN or infinity.
        ShapeError
            If z does not fit the guide, or the start does not fit z.
        ConvergenceError
            If the tolerance was not reached.
        """
        return _like(z, self.smooth_and_tell(z, start=start, tol=tol).x)

    def smooth_and_tell(
        self,
        z: NDArray[np.floating],
        *,
        start: NDArray[np.floating] | None = None,
        tol: float | None = None,
    ) -> SolveResult:
        """Return what `smooth` does, in float64, and how well its solve went.

        Parameters
        ----------
        z
            As for `smooth`.
        start
            As for `smooth`.
        tol
            As for `smooth`.

        Returns
        -------
        SolveResult
            Its ``x`` has the shape of z.

        Raises
        ------
        ImageError, ShapeError
            As `smooth`.
        """
        stack = self._stack(z, "z")
        weight = np.atleast_3d(self.normalizer)
        guess = None if start is None else self._start(start, stack) * weight
        solved = self._converged(stack, guess, tol)
        solved.x[...] /= weight
        return replace(solved, x=solved.x.reshape(np.shape(z)))

    def adjoint(
        self,
        g: NDArray[np.floating],
        *,
        start: NDArray[np.floating] | None = None,
        tol: float | None = None,
    ) -> NDArray[np.floating]:
        """Return J^T g = L_alpha^-1 (g / s_alpha(1)), J the Jacobian of `smooth` (eq. 19).

        Parameters
        ----------
        g
            Of the shapes that `smooth` takes.
        start
            A first guess of this result.
        tol
            As for `smooth`.

        Returns
        -------
        ndarray
            The shape and type of g.

        Raises
        ------
        ImageError, ShapeError, ConvergenceError
            As `smooth`.
        """
        stack = self._stack(g, "g")
        guess = None if start is None else self._start(start, stack)
        return _like(g, self._converged(stack / np.atleast_3d(self.normalizer), guess, tol).x)

    def solve(
        self,
        b: NDArray[np.floating],
        *,
        start: NDArray[np.floating] | None = None,
        tol: float | None = None,
    ) -> SolveResult:
        """Solve L_alpha x = b, x = s_alpha(b) (eq. 8), and say how well it went.

        A missed tolerance shows in the result's ``converged`` and raises nothing. The solution is
        float64 whatever b is: float32 cannot hold one of a small residual. Outside a mask b counts
        as 0.

        Parameters
        ----------
        b
            Of the shapes that `smooth` takes.
        start
            A first guess of x.
        tol
            As for `smooth`.

        Returns
        -------
        SolveResult
            Its ``x`` has the shape of b.

        Raises
        ------
        ImageError, ShapeError
            As `smooth`.
        """
        stack = self._stack(b, "b")
        guess = None if start is None else self._start(start, stack)
        result = self._solve(stack, guess, tol)
        return SolveResult(
            result.x.reshape(np.shape(b)),
            result.iterations,
            result.relative_residual,
            result.converged,
        )

    def _stack(self, values: NDArray[np.floating], name: str) -> NDArray[np.float64]:
        """Return the argument as a float64 array of shape (B, H, W, C)."""
        array = finite_floats(values, name)
        if array.ndim == 2:
            array = array[np.newaxis, ..., np.newaxis]
        elif array.ndim == 3:
            array = array[np.newaxis]
        if array.ndim != 4 or array.shape[1:3] != self._shape:
            raise ShapeError(
                f"{name} has shape {np.shape(values)}: give (H, W), (H, W, C) or (B, H, W, C) "
                f"with (H, W) = {self._shape} of the guide"
            )
        if len(self._solvers) not in (1, array.shape[3]):
            raise ShapeError(
                f"{name} has {array.shape[3]} channels, the guide {len(self._solvers)} with a "
                'graph each: give as many, or build the smoother with channels="joint"'
            )
        stack: NDArray[np.float64] = array.astype(np.float64, copy=False)
        return stack if self._mask is None else stack * self._mask[:, :, np.newaxis]

    def _start(
        self, values: NDArray[np.floating], stack: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return a first guess in the shape of the right-hand side."""
        start = self._stack(values, "start")
        if start.shape != stack.shape:
            raise ShapeError(
                f"start has shape {np.shape(values)}: give the shape of the right-hand side"
            )
        return start

    def _converged(
        self, stack: NDArray[np.float64], start: NDArray[np.float64] | None, tol: float | None
    ) -> SolveResult:
        """Solve, and refuse to return a solution that misses the tolerance."""
        result = self._solve(stack, start, tol)
        if not (result.converged or self._kept_steps):
            raise ConvergenceError(
                f"the smoothing solve stopped after {result.iterations} iterations at a relative "
                f"residual of {result.relative_residual:.2g}: give a larger tol or a smaller alpha"
            )
        return result

    def _solve(
        self, stack: NDArray[np.float64], start: NDArray[np.float64] | None, tol: float | None
    ) -> SolveResult:
        """Solve for a stack (B, H, W, C), with one graph for all channels or one for each."""
        if tol is not None:
            check_number("tol", tol, lambda v: 0.0 < v < 1.0, "a number between 0 and 1")
        wanted = self._tol if tol is None else tol
        results = []
        groups = [slice(None)] if len(self._solvers) == 1 else _single_slices(stack.shape[3])
        for solver, group in zip(self._solvers, groups, strict=True):
            guess = None if start is None else _columns(start[..., group])
            result = solver.solve(_columns(stack[..., group]), start=guess, tol=wanted)
            results.append(replace(result, x=_images(result.x, stack[..., group].shape)))
        parts = [result.x for result in results]
        return SolveResult(
            parts[0] if len(parts) == 1 else np.concatenate(parts, axis=3),
            max(result.iterations for result in results),
            max(result.relative_residual for result in results),
            all(result.converged for result in results),
        )


def _single_slices(count: int) -> list[slice]:
    return [slice(index, index + 1) for index in range(count)]


def _columns(stack: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reorder (B, H, W, C) to one column for each image and channel, (H W, B C)."""
    batch, height, width, channels = stack.shape
    return np.ascontiguousarray(stack.transpose(1, 2, 0, 3)).reshape(
        height * width, batch * channels
    )


def _images(columns: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Undo ``_columns`` for a stack of this shape."""
    batch, height, width, channels = shape
    return columns.reshape(height, width, batch, channels).transpose(2, 0, 1, 3)


def _like(model: NDArray[np.floating], stack: NDArray[np.float64]) -> NDArray[np.floating]:
    """Return the stack in the shape and dtype of another array."""
    array = np.asarray(model)
    return stack.reshape(array.shape).astype(array.dtype, copy=False)
