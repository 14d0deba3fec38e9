"""Chebyshev steps for L_alpha x = b where edges join red unknowns to black ones only.

The black unknowns are eliminated: (I - alpha^2 Wrb Wbr) x_red = b_red + alpha Wrb b_black. A
Chebyshev polynomial of degree 2 m in Wn is one of degree m in Wrb Wbr, so each step multiplies by
one half of Wn only. The residual is 0 at the black unknowns, and after k steps at most
sqrt(2) / T_k+1(1 / alpha) of b in all. The result is a fixed symmetric matrix times b.
Golub and Varga, "Chebyshev semi-iterative methods", Numerische Mathematik 3 (1961).
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def red_black_chebyshev(
    to_red: Callable[[Any], Any],
    to_black: Callable[[Any], Any],
    rhs: tuple[Any, Any],
    *,
    alpha: float,
    steps: int,
    start: Any,
) -> tuple[Any, Any]:
    """Approximate L_alpha^-1 rhs as ``steps`` steps of `chebyshev` do, for half of the work.

    Parameters
    ----------
    to_red, to_black
        Multiply black unknowns by 2 Wrb, and red ones by 2 Wbr.
    rhs
        Right-hand sides at the red and at the black unknowns.
    alpha
        Smoothing parameter in [0, 1).
    steps
        Number of Chebyshev steps, an even number or the odd one after it: steps + 2
        multiplications by a half of Wn for an even number, and 2 for the start.
    start
        A first guess of the red unknowns; the steps then begin at its residual.

    Returns
    -------
    tuple
        The red and the black unknowns.

    Examples
    --------
    >>> from percept_adv.solvers import red_black_chebyshev
    >>> half = lambda v: 2 * v
    >>> zero = np.zeros(1)
    >>> rhs = zero + 1, zero
    >>> red, black = red_black_chebyshev(half, half, rhs, alpha=0.5, steps=20, start=zero)
    >>> red.round(4), black.round(4)
    (array([0.6667]), array([0.3333]))
    """
    red, black = ((1.0 - alpha) * half for half in rhs)
    known = black + (0.5 * alpha) * to_black(start)
    even = red - start + (0.5 * alpha) * to_red(known)
    first, *coefficients = series_coefficients(alpha, steps // 2 + 1)
    x = start + first * even
    odd = 0.5 * to_black(even)
    for coefficient in coefficients:
        even = to_red(odd) - even
        x = x + coefficient * even
        odd = to_black(even) - odd
    return x, black + (0.5 * alpha) * to_black(x)


def series_coefficients(alpha: float, count: int) -> list[float]:
    """Return the ``count`` c of p(t) = sum_j c_j T_2j(t), which is about 1 / (1 - alpha^2 t^2).

    The residual 1 - (1 - alpha^2 t^2) p(t) is T_n(t) / T_n(1 / alpha), n = 2 count: over t in
    [-1, 1] no other p of its degree leaves less.
    """
    root = sqrt((1.0 - alpha) * (1.0 + alpha))
    ratio = alpha / (1.0 + root)
    series = [ratio ** (2 * j) - ratio ** (4 * count - 2 * j) for j in range(count)]
    scale = 2.0 / (root * (1.0 + ratio ** (4 * count)))
    return [0.5 * scale * series[0], *(scale * term for term in series[1:])]
