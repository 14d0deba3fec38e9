"""The solvers by name: each declares itself once, where it is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.pixel_graph import PixelGraph
    from percept_adv.solvers.result import Solver

AUTO = "auto"
Made = TypeVar("Made", bound="Callable[..., Any]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is known of one solver.

    Attributes
    ----------
    name
        As the parameter ``method`` has it.
    make
        Called with the pixel graph and alpha, and with ``steps`` if it takes them.
    rank
        Of a graph: ``auto`` takes the solver of the highest rank above 0.
    suits
        Whether it can solve for a graph.
    needs
        What a graph must have for that, for the message.
    takes_steps
        Whether it runs a number of steps that may be given.
    """

    name: str
    make: Callable[..., Solver]
    rank: Callable[[PixelGraph], int]
    suits: Callable[[PixelGraph], bool]
    needs: str
    takes_steps: bool


SOLVERS: dict[str, Declaration] = {}


def solver(
    name: str,
    *,
    rank: Callable[[PixelGraph], int],
    suits: Callable[[PixelGraph], bool] = lambda _: True,
    needs: str = "",
    takes_steps: bool = False,
) -> Callable[[Made], Made]:
    """Return a decorator that declares a class of solvers; parameters as in `Declaration`."""

    def declare(made: Made) -> Made:
        if name in SOLVERS or name == AUTO:
            raise ValueError(f"there are two solvers of the name {name}")
        SOLVERS[name] = Declaration(
            name=name, make=made, rank=rank, suits=suits, needs=needs, takes_steps=takes_steps
        )
        return made

    return declare


def method_names() -> list[str]:
    """Return what the parameter ``method`` may be.

    Examples
    --------
    >>> from percept_adv.solvers import method_names
    >>> method_names()
    ['auto', 'amg', 'chebyshev', 'dense', 'grid']
    """
    return [AUTO, *sorted(SOLVERS)]


def make_solver(
    graph: PixelGraph, alpha: float, *, method: str = AUTO, steps: int | None = None
) -> Solver:
    """Return the solver of L_alpha x = b that ``method`` names, or the best for the graph.

    Parameters
    ----------
    graph
        The pixel graph.
    alpha
        Smoothing parameter in [0, 1).
    method
        One of `method_names`; ``"auto"`` takes the fastest.
    steps
        A fixed number of steps, for ``"chebyshev"`` only.

    Returns
    -------
    Solver
        It serves any number of right-hand sides.

    Raises
    ------
    ParameterError
        If the solver cannot solve for such a graph, or takes no steps.

    Examples
    --------
    >>> from percept_adv.pixel_graph import neighbourhood, pixel_graph
    >>> from percept_adv.solvers import make_solver
    >>> graph = pixel_graph(np.zeros((8, 8, 3)), neighbourhood(4), kernel="laplacian", lam=10.0)
    >>> type(make_solver(graph, 0.9, method="grid")).__name__
    'GridSolver'
    """
    if method == AUTO:
        able = [one for one in SOLVERS.values() if one.suits(graph)]
        chosen = max(able, key=lambda one: one.rank(graph))
    else:
        chosen = SOLVERS[method]
    if not chosen.suits(graph):
        raise ParameterError(f"method is {method!r}, which needs {chosen.needs}: choose another")
    options = {"steps": steps} if chosen.takes_steps else {}
    return chosen.make(graph, alpha, **options)
