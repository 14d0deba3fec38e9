"""The odd pixels' matrix and its incomplete factorisation, against dense algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv.pixel_graph import neighbourhood, pixel_graph
from percept_adv.solvers.grid import sweeps
from percept_adv.solvers.grid.coupling import DIAGONAL, couplings_of
from percept_adv.solvers.grid.factorisation import eliminate, factorise
from percept_adv.solvers.grid.wavefronts import (
    BORDER,
    COUNT,
    FIRST,
    PLACE,
    REACH,
    odd_fronts,
    values,
)

shapes = st.tuples(st.integers(1, 12), st.integers(1, 12))


def odd_pixels(shape):
    """Row, column and place of each odd pixel, front by front."""
    table = odd_fronts(shape)
    found = []
    for front in range(REACH, table.shape[1] - REACH - 1):
        for step in range(table[COUNT, front]):
            row = table[FIRST, front] + step
            column = 2 * (front - REACH) + 1 - 3 * row
            found.append((row, column, table[PLACE, front] + BORDER + step))
    return np.array(found, int).reshape(-1, 3)


def graph_of(shape, kernel="laplacian", lam=10.0):
    guide = np.random.default_rng(5).random((*shape, 3))
    return pixel_graph(guide, neighbourhood(4), kernel=kernel, lam=lam)


def eliminated(graph, alpha):
    """The matrix of the odd pixels by dense algebra, in the order of the fronts."""
    matrix = graph.m_matrix(alpha).toarray()
    rows, columns, _ = odd_pixels(graph.shape).T
    odd = rows * graph.shape[1] + columns
    even = np.setdiff1d(np.arange(graph.size), odd)
    across = matrix[np.ix_(odd, even)]
    inner = across / np.diag(matrix)[even] @ across.T
    return matrix[np.ix_(odd, odd)] - inner


def unpacked(packed, shape):
    """The strictly lower triangle that four rows of couplings stand for."""
    found = odd_pixels(shape)
    index = {(row, column): n for n, (row, column, _) in enumerate(found)}
    lower = np.zeros((len(found), len(found)))
    for n, (row, column, place) in enumerate(found):
        for way, (up, left) in enumerate([(1, -1), (0, 2), (1, 1), (2, 0)]):
            pixel = (row - up, column - left)
            if pixel in index:
                lower[n, index[pixel]] = packed[way, place]
            else:
                assert packed[way, place] == 0.0
    return lower


@given(shapes)
def test_fronts_hold_every_odd_pixel_once_and_nothing_else(shape):
    height, width = shape
    rows, columns, places = odd_pixels(shape).T
    expected = {(i, j) for i in range(height) for j in range(width) if (i + j) % 2 == 1}
    assert len(rows) == len(expected)
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == expected
    assert len(set(places.tolist())) == len(places)
    assert (places < values(odd_fronts(shape))).all()


@settings(deadline=None)  # The first call compiles.
@given(shapes, st.sampled_from([("laplacian", 10.0), ("gaussian", 300.0)]))
def test_couplings_are_those_of_elimination(shape, kernel):
    graph, alpha = graph_of(shape, *kernel), 0.997
    couplings = couplings_of(graph, alpha, odd_fronts(shape))
    lower, diagonal = unpacked(couplings, shape), couplings[DIAGONAL, odd_pixels(shape)[:, 2]]
    expected = eliminated(graph, alpha)
    np.testing.assert_allclose(np.diag(diagonal) - lower - lower.T, expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("kernel", [("laplacian", 10.0), ("gaussian", 300.0)])
@pytest.mark.parametrize("alpha", [0.0, 0.95, 1.0 - 1e-6])
def test_the_factorisation_keeps_row_sums(kernel, alpha):
    graph = graph_of((11, 14), *kernel)
    table = odd_fronts(graph.shape)
    couplings, pivots = couplings_of(graph, alpha, table), np.zeros(values(table))
    eliminate(couplings, table, pivots)
    lower, pivot = unpacked(couplings, graph.shape), pivots[odd_pixels(graph.shape)[:, 2]]
    assert (pivot > 0.0).all()
    product = (np.diag(pivot) - lower) / pivot @ (np.diag(pivot) - lower.T)
    expected = eliminated(graph, alpha).sum(axis=1)
    np.testing.assert_allclose(product.sum(axis=1), expected, rtol=1e-6, atol=1e-12)


def test_the_sweeps_multiply_by_the_preconditioned_matrix():
    shape, alpha = (13, 17), 0.99999
    graph = graph_of(shape)
    system = factorise(graph, alpha, np.float64)
    places = odd_pixels(shape)[:, 2]
    lower = unpacked(system.factor, shape)
    half = np.eye(len(places)) - lower
    matrix = 2.0 * np.eye(len(places)) - np.diag(system.factor[DIAGONAL, places]) - lower - lower.T
    direction = np.random.default_rng(6).standard_normal(len(places))
    expected = np.linalg.solve(half, matrix @ np.linalg.solve(half.T, direction))

    vectors = sweeps.Vectors(*(np.zeros(values(system.fronts)) for _ in range(5)))
    vectors.r[places] = direction
    zero, one, sums = np.zeros(1), np.ones(1), [np.zeros(1) for _ in range(3)]
    sweeps.sweep_back(vectors, system.factor, system.fronts, zero, one, zero, sums[0])
    sweeps.sweep_forth(vectors, system.factor, system.fronts, sums[1], sums[2])
    np.testing.assert_allclose((vectors.t + vectors.u)[places], expected, rtol=1e-9, atol=1e-9)
    wanted = (direction @ direction, direction @ expected, expected @ expected)
    np.testing.assert_allclose(np.ravel(sums), wanted, rtol=1e-9)
    # Nothing leaks into the borders, which stand for neighbours beyond the image.
    beyond = np.setdiff1d(np.arange(vectors.t.size), places)
    for vector in vectors:
        np.testing.assert_array_equal(vector[beyond], 0.0)


def test_the_scaled_matrix_is_the_one_of_the_roots():
    graph, alpha = graph_of((9, 8)), 0.99999
    system = factorise(graph, alpha, np.float64)
    found = odd_pixels(graph.shape)
    rows, columns, places = found.T
    lower = unpacked(system.factor, graph.shape)
    scaled = 2.0 * np.eye(len(found)) - np.diag(system.factor[DIAGONAL, places]) - lower - lower.T
    root = system.root[places] * np.sqrt(graph.degree[rows, columns])
    np.testing.assert_allclose(
        scaled * np.outer(root, root), eliminated(graph, alpha), rtol=1e-9, atol=1e-12
    )
    inverse = system.inverse_root[rows + 1, columns // 2 + 1]
    np.testing.assert_allclose(inverse * system.root[places], 1.0, rtol=1e-12)
