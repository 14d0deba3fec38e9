"""Vectors that are used again, columns on threads, and rounding in float32."""

import numpy as np
import pytest
import scipy.sparse as sp

from percept_adv.pixel_graph import neighbourhood, pixel_graph
from percept_adv.solvers.grid import GridSolver, bands


def pixels(shape=(23, 37)):
    guide = np.random.default_rng(3).random((*shape, 3))
    return pixel_graph(guide, neighbourhood(4), kernel="laplacian", lam=10.0)


def laplacian(alpha):
    graph = pixels()
    return (sp.eye_array(graph.size) - alpha * graph.normalised_matrix()) / (1.0 - alpha)


def grid_solver(alpha):
    graph = pixels()
    return GridSolver(graph, alpha), np.random.default_rng(4).standard_normal((graph.size, 3))


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.997, 0.9999, 1.0 - 1e-6])
@pytest.mark.parametrize("tol", [1e-3, 1e-12])
@pytest.mark.parametrize("kind", ["noise", "constant"])
def test_any_tolerance_is_reached_and_the_residual_is_the_true_one(alpha, tol, kind):
    solver, rhs = grid_solver(alpha)
    rhs = rhs if kind == "noise" else np.ones_like(rhs)
    # No closer than float64 can hold a solution.
    tol = max(tol, 10.0 * np.finfo(float).eps / (1.0 - alpha))
    result = solver.solve(rhs, start=None, tol=tol)
    residual = rhs - laplacian(alpha) @ result.x
    true = (np.linalg.norm(residual, axis=0) / np.linalg.norm(rhs, axis=0)).max()
    assert result.converged
    assert true == pytest.approx(result.relative_residual, rel=1e-3, abs=2e-16 / (1.0 - alpha))
    assert true <= tol * (1.0 + 1e-3)


def test_a_column_does_not_depend_on_those_beside_it():
    solver, rhs = grid_solver(0.9999)
    rhs[:, 1] = 0.0
    rhs[:, 2] *= 1e9
    together = solver.solve(rhs, start=None, tol=1e-6).x
    np.testing.assert_array_equal(together[:, 1], 0.0)
    for column in (0, 2):
        alone = solver.solve(rhs[:, [column]], start=None, tol=1e-6).x[:, 0]
        np.testing.assert_allclose(together[:, column], alone, rtol=0, atol=1e-4 * abs(alone).max())


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
    whole = solver.solve(rhs, start=None, tol=1e-6)
    monkeypatch.setattr(bands, "VALUES_PER_BAND", 50)
    monkeypatch.setenv("PERCEPT_ADV_THREADS", "3")
    solver, _ = grid_solver(alpha)
    banded = solver.solve(rhs, start=None, tol=1e-6)
    assert not bands.is_one_band(23, 57)
    assert len(solver._workspaces.take(3).groups) == 3
    np.testing.assert_array_equal(banded.x, whole.x)
