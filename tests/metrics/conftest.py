"""Images that the metric tests share."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def photograph():
    """A grey photograph, (64, 80) uint8."""
    from skimage.data import camera

    return camera()[100:164, 200:280]


@pytest.fixture(scope="session")
def colour_photograph():
    """A colour photograph, (48, 56, 3) uint8."""
    from skimage.data import astronaut

    return astronaut()[60:108, 200:256]


@pytest.fixture
def noise():
    """Standard normal values for an image of a given shape."""
    return lambda shape: np.random.default_rng(7).standard_normal(shape)
