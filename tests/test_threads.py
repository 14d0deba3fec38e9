"""Bands of rows on a thread pool."""

from threading import Barrier, Event

import pytest

from percept_adv import threads
from percept_adv.threads import for_each_band, for_each_item, thread_count


@pytest.mark.parametrize("threads", ["1", "2", "7"])
@pytest.mark.parametrize(("rows", "band"), [(0, 4), (1, 4), (8, 4), (9, 4), (9, 100)])
def test_every_row_comes_once_whatever_the_threads(threads, rows, band, monkeypatch):
    monkeypatch.setenv("PERCEPT_ADV_THREADS", threads)
    bounds = []
    for_each_band(lambda start, stop: bounds.append((start, stop)), rows, band=band)
    bounds.sort()
    assert [row for start, stop in bounds for row in range(start, stop)] == list(range(rows))
    assert all(stop - start <= band for start, stop in bounds)


def test_a_failure_is_raised_and_leaves_nothing_waiting(monkeypatch):
    monkeypatch.setenv("PERCEPT_ADV_THREADS", "2")
    go, called = Event(), []

    def work(start, _stop):
        called.append(start)
        if start == 0:
            raise ValueError("first band")
        go.wait(10)

    with pytest.raises(ValueError, match="first band"):
        for_each_band(work, 100, band=1)
    go.set()
    both = Barrier(2, timeout=10)
    for_each_band(lambda _start, _stop: both.wait(), 2, band=1)
    # The second thread was in the middle of what it was handed, and has gone on to this.
    assert len(called) <= 3


def test_small_bands_are_handed_over_many_at_a_time(monkeypatch):
    monkeypatch.setenv("PERCEPT_ADV_THREADS", "2")
    submitted = []
    pool = threads._pool(2, "bands")
    submit = pool.submit
    monkeypatch.setattr(pool, "submit", lambda *task: submitted.append(task) or submit(*task))
    done = []
    for_each_band(lambda start, _stop: done.append(start), 10_000, band=1)
    assert len(submitted) <= 16
    assert sorted(done) == list(range(10_000))


@pytest.mark.parametrize("value", ["", "0", "-3", "many"])
def test_a_thread_count_that_is_none_is_ignored(value, monkeypatch):
    monkeypatch.setenv("PERCEPT_ADV_THREADS", value)
    assert thread_count() >= 1


@pytest.mark.parametrize("threads", ["1", "2", "7"])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_items_keep_their_order_and_may_use_bands_themselves(threads, count, monkeypatch):
    monkeypatch.setenv("PERCEPT_ADV_THREADS", threads)

    def work(item):
        rows = []
        for_each_band(lambda start, _stop: rows.append(start), 3, band=1)
        return item, sorted(rows)

    assert for_each_item(work, count) == [(item, [0, 1, 2]) for item in range(count)]
