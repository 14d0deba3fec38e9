"""The iteration in one kernel and kernel by kernel; vectors that are used again."""

import numpy as np
import pytest

from percept_adv.graph import neighbourhood, pixel_graph
from percept_adv.solvers.grid import GridSolver, bands, workspace


def grid_solver(alpha, shape=(23, 37)):
    guide = np.random.default_rng(3).random((*shape, 3))
    graph = pixel_graph(guide, neighbourhood(4), kernel="laplacian", lam=10.0)
    return GridSolver(graph, alpha), np.random.default_rng(4).standard_normal((graph.size, 3))


@pytest.mark.parametrize("alpha", [0.5, 0.95, 0.998])
@pytest.mark.parametrize("tol", [1e-3, 1e-9])
def test_both_forms_of_the_iteration_agree(alpha, tol, monkeypatch):
    solver, rhs = grid_solver(alpha)
    results = []
    for whole in (True, False):
        monkeypatch.setattr(workspace.Workspace, "is_compiled_whole", whole)
        results.append(solver.solve(rhs, start=None, tol=tol))
    assert results[0].iterations == results[1].iterations
    largest = np.abs(results[1].x).max()
    np.testing.assert_allclose(results[0].x, results[1].x, atol=max(1e-6, 2 * tol) * largest)


@pytest.mark.parametrize("alpha", [0.95, 0.9999])
def test_a_solve_leaves_nothing_behind_for_the_next(alpha):
    solver, rhs = grid_solver(alpha)
    first = solver.solve(rhs, start=None, tol=1e-6)
    solver.solve(1e6 * rhs[::-1], start=rhs, tol=1e-2)
    again = solver.solve(rhs, start=None, tol=1e-6)
    assert first.iterations == again.iterations
    np.testing.assert_array_equal(first.x, again.x)


def test_a_solve_in_a_solve_has_vectors_of_its_own():
    solver, _ = grid_solver(0.95)
    lent = solver._workspaces.take(3)
    other = solver._workspaces.take(3)
    assert not np.shares_memory(lent.x, other.x)
    solver._workspaces.give_back(lent)
    assert solver._workspaces.take(3) is lent


@pytest.mark.parametrize("alpha", [0.95, 0.9999])
def test_bands_and_threads_leave_every_bit_as_it_is(alpha, monkeypatch):
    solver, rhs = grid_solver(alpha)
    monkeypatch.setattr(workspace.Workspace, "is_compiled_whole", False)
    whole = solver.solve(rhs, start=None, tol=1e-6)
    monkeypatch.setattr(bands, "VALUES_PER_BAND", 50)
    monkeypatch.setenv("PERCEPT_ADV_THREADS", "3")
    banded = solver.solve(rhs, start=None, tol=1e-6)
    assert not bands.is_one_band(23, 57)
    np.testing.assert_array_equal(banded.x, whole.x)
