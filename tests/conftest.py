"""What every test can rely on, however pytest was started."""

import signal

import pytest


def pytest_configure():
    """Let interruptions reach the commands that tests start.

    A shell starts background jobs with SIGINT ignored, and their children would inherit that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def compiled():
    """Compile what commands use, so that they do not tell of it and take as long as usual."""
    import numpy as np

    from percept_adv import GuidedSmoother, magnify
    from percept_adv.metrics import mad

    random = np.random.default_rng(0)
    for shape in ((34, 34), (34, 34, 3)):
        image = random.random(shape)
        mad(image, image)
        GuidedSmoother(image).smooth(image)
        for dtype in (np.float32, np.float64):
            magnify(image.astype(dtype))


@pytest.fixture(scope="session")
def linear(tmp_path_factory):
    """A linear model of four classes, whose nearest adversarial images are known."""
    from linear_models import Linear

    return Linear(tmp_path_factory.mktemp("linear"))


@pytest.fixture(scope="session")
def binary(tmp_path_factory):
    """Two classes: one boundary, so that a greedy choice among rivals cannot be wrong."""
    from linear_models import Linear

    return Linear(tmp_path_factory.mktemp("binary"), classes=2)
