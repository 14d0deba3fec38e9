import pytest
from linear_models import Linear


@pytest.fixture(scope="session")
def linear(tmp_path_factory):
    return Linear(tmp_path_factory.mktemp("linear"))


@pytest.fixture(scope="session")
def binary(tmp_path_factory):
    """Two classes: one boundary, so that a greedy choice among rivals cannot be wrong."""
    return Linear(tmp_path_factory.mktemp("binary"), classes=2)
