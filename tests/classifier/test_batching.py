"""Many images through a model: the parts, and that they change nothing."""

import numpy as np
import pytest
from percept_adv_models import path

from percept_adv.classifier.batching import run_in_batches
from percept_adv.runtime import Session
from percept_adv.threads import THREADS_VARIABLE


class Recording:
    """Stands for a session: doubles what it gets, and keeps how many rows each run had."""

    def __init__(self, provider):
        self.provider, self.sizes = provider, []

    def run(self, feeds, outputs):
        assert outputs == ["doubled"]
        self.sizes.append(len(feeds["x"]))
        return [feeds["x"] * 2 + feeds["label"][:, None]]


@pytest.mark.parametrize(
    ("provider", "width", "fixed_batch", "sizes"),
    [
        ("cpu", 3 * 224 * 224, None, [1, 1, 1, 1, 1]),
        ("cpu", 28 * 28, None, [5]),
        ("cpu", 2**14, None, [1, 2, 2]),
        ("cuda", 3 * 224 * 224, None, [5]),
        ("cpu", 28 * 28, 2, [2, 2, 2]),
        ("cuda", 28 * 28, 2, [2, 2, 2]),
        ("cpu", 28 * 28, 8, [8]),
    ],
)
def test_parts(provider, width, fixed_batch, sizes):
    session = Recording(provider)
    feeds = {"x": np.arange(5 * width, dtype=np.float32).reshape(5, width), "label": np.arange(5)}
    (result,) = run_in_batches(session, feeds, ["doubled"], fixed_batch)
    assert sorted(session.sizes) == sizes
    np.testing.assert_array_equal(result, feeds["x"] * 2 + np.arange(5)[:, None])


def test_results_are_those_of_one_run_whatever_the_number_of_processors(monkeypatch):
    session = Session(path("c4"))
    (entry,), (output,) = session.signature()
    feeds = {entry.name: np.random.default_rng(0).random((100, 1, 28, 28), dtype=np.float32)}
    (whole,) = session.run(feeds, [output.name])
    found = []
    for threads in ("1", "3"):
        monkeypatch.setenv(THREADS_VARIABLE, threads)
        found += run_in_batches(session, feeds, [output.name], None)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_allclose(found[0], whole, rtol=1e-5, atol=1e-5)
