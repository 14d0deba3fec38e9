"""Which solver a name, or a graph, stands for."""

import numpy as np
import pytest

from percept_adv.errors import ParameterError
from percept_adv.pixel_graph import neighbourhood, pixel_graph
from percept_adv.solvers import (
    AMGSolver,
    ChebyshevSolver,
    DenseSolver,
    GridSolver,
    make_solver,
    method_names,
    registry,
)


def graph(side, neighbours):
    image = np.random.default_rng(0).random((side, side, 3))
    return pixel_graph(image, neighbourhood(neighbours), kernel="laplacian", lam=10.0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("amg", AMGSolver), ("chebyshev", ChebyshevSolver), ("dense", DenseSolver),
        ("grid", GridSolver),
    ],
)  # fmt: skip
def test_a_name_is_a_solver(name, kind):
    """Also where auto takes another: amg is algebraic multigrid on 4 neighbours too."""
    assert isinstance(make_solver(graph(12, 4), 0.9, method=name), kind)


@pytest.mark.parametrize(
    ("side", "neighbours", "kind"),
    [(10, 4, DenseSolver), (10, 8, DenseSolver), (11, 4, GridSolver), (11, 8, AMGSolver)],
)
def test_auto_takes_the_fastest(side, neighbours, kind):
    assert isinstance(make_solver(graph(side, neighbours), 0.9), kind)


def test_a_declared_solver_is_found(monkeypatch):
    monkeypatch.setattr(registry, "SOLVERS", registry.SOLVERS.copy())

    @registry.solver("other", rank=lambda _: 9, suits=lambda one: one.size > 150, needs="size")
    class Other(DenseSolver):
        pass

    assert "other" in method_names()
    assert isinstance(make_solver(graph(13, 4), 0.9), Other)
    with pytest.raises(ParameterError, match="needs size"):
        make_solver(graph(12, 4), 0.9, method="other")
    with pytest.raises(ValueError, match="two solvers"):
        registry.solver("dense", rank=lambda _: 0)(Other)
