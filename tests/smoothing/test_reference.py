"""Every method against scipy's direct solver, for every kind of graph."""

import numpy as np
import pytest
from reference import reference_laplacian, reference_smooth

from percept_adv import GuidedSmoother
from percept_adv.errors import ParameterError
from percept_adv.solvers import method_names

METHODS = [name for name in method_names() if name != "auto"]
GRAPHS = [
    {"kernel": "laplacian", "lam": 10.0},
    {"kernel": "gaussian", "lam": 300.0},
]
REACHES = [
    (4, {}),
    (8, {"squared_reach": 2.0, "spatial_sigma": 1.0}),
    ({"radius": 2.5}, {"squared_reach": 6.25, "spatial_sigma": 1.0}),
    (3.0, {"squared_reach": 9.0, "spatial_sigma": 1.0}),
]


def photograph(shape, seed=0):
    """Smooth ramps with a hard edge and some noise, in [0, 1]."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]] / max(shape[:2])
    image = 0.3 * rows + 0.2 * columns + 0.4 * (rows + columns > 0.7)
    return (image[..., None] + 0.05 * rng.random((*shape[:2], 3))).clip(0, 1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize(("neighbours", "reach"), REACHES)
def test_every_method_and_neighbourhood(method, graph, neighbours, reach):
    guide = photograph((13, 17))
    z = np.random.default_rng(1).standard_normal((13, 17, 3))
    if method == "grid" and neighbours != 4:
        with pytest.raises(ParameterError, match="needs 4 neighbours"):
            GuidedSmoother(guide, neighbours=neighbours, method=method)
        return
    smoother = GuidedSmoother(guide, neighbours=neighbours, method=method, tol=1e-9, **graph)
    expected = reference_smooth(z, reference_laplacian(guide, alpha=0.997, **graph, **reach))
    np.testing.assert_allclose(smoother.smooth(z), expected, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_per_channel_graphs(method):
    guide = photograph((12, 9))
    z = np.random.default_rng(1).standard_normal((2, 12, 9, 3))
    smoothed = GuidedSmoother(guide, channels="per_channel", method=method, tol=1e-9).smooth(z)
    for channel in range(3):
        laplacian = reference_laplacian(
            guide[..., channel], alpha=0.997, lam=10.0, kernel="laplacian"
        )
        for image in range(2):
            expected = reference_smooth(z[image, ..., channel], laplacian)
            np.testing.assert_allclose(smoothed[image, ..., channel], expected, atol=1e-7)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.95, 0.9999, 1 - 1e-6])
def test_alpha_from_the_identity_to_almost_one(method, alpha):
    guide = photograph((11, 14))
    z = np.random.default_rng(1).standard_normal((11, 14))
    tol = 1e-9 if alpha < 0.9999 else 1e-6  # Rounding, over 1 - alpha, leaves little more.
    smoothed = GuidedSmoother(guide, alpha=alpha, method=method, tol=tol).smooth(z)
    laplacian = reference_laplacian(guide, alpha=alpha, lam=10.0, kernel="laplacian")
    np.testing.assert_allclose(smoothed, reference_smooth(z, laplacian), atol=1e-5)
    if alpha == 0.0:
        np.testing.assert_allclose(smoothed, z, rtol=1e-14)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (1, 30), (30, 1), (2, 2), (3, 5), (5, 2)])
def test_narrow_images(method, shape):
    guide = photograph(shape)
    z = np.random.default_rng(1).standard_normal((*shape, 2))
    smoothed = GuidedSmoother(guide, method=method, tol=1e-9).smooth(z)
    laplacian = reference_laplacian(guide, alpha=0.997, lam=10.0, kernel="laplacian")
    np.testing.assert_allclose(smoothed, reference_smooth(z, laplacian), atol=1e-7)
