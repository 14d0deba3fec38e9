"""A real Dask cluster of two worker processes, one of which is killed in the middle."""

import os
import signal
from importlib.metadata import version

import distributed
import pytest

from percept_adv import Classifier
from percept_adv.errors import ParameterError
from percept_adv.evaluation import (
    Configuration,
    RunStore,
    collect_outcomes,
    open_dataset,
    plan_variants,
    run_here,
)
from percept_adv.evaluation.cluster import run_on_cluster
from percept_adv.evaluation.results import image_table, summary_table
from percept_adv.evaluation.work import Finished
from percept_adv.evaluation.workplace import Workplace
from percept_adv.labels import Classes

pytestmark = pytest.mark.slow

IMAGES = 24


@pytest.fixture(scope="module")
def classifier():
    return Classifier("c4", provider="cpu", batch_size=1)


@pytest.fixture(scope="module")
def dataset():
    return open_dataset("mnist-sample", Classes(10), limit=IMAGES)


def begin(folder, classifier, dataset):
    variants = plan_variants(
        ["fgsm", "cw"], {"cw": {"iterations": 20, "search_steps": 2}}, {"fgsm": [0.3]}
    )
    configuration = Configuration.of(
        classifier, dataset, variants, batch_size=1, version=version("percept-adv")
    )
    return RunStore.begin(folder, configuration)


def tables(store):
    outcomes = collect_outcomes(store)
    return [make(outcomes, store.configuration) for make in (summary_table, image_table)]


def test_a_lost_worker_changes_nothing(classifier, dataset, tmp_path):
    alone = begin(tmp_path / "alone", classifier, dataset)
    run_here(alone, classifier, dataset.folder, lambda _: None)
    spread = begin(tmp_path / "spread", classifier, dataset)
    place = Workplace.of(classifier, dataset.folder, batch_size=1)
    told = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        victim = cluster.workers[0].pid

        def tell(outcome):
            told.append(outcome)
            if len(told) == 6:
                os.kill(victim, signal.SIGKILL)

        run_on_cluster(spread, place, tell, address=cluster.scheduler_address)
    assert len(told) == 2 * IMAGES
    assert all(isinstance(outcome, Finished) for outcome in told)
    assert tables(spread) == tables(alone)


def test_no_scheduler(classifier, dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("percept_adv.evaluation.cluster._PATIENCE", "1s")
    store = begin(tmp_path / "run", classifier, dataset)
    place = Workplace.of(classifier, dataset.folder, batch_size=1)
    with pytest.raises(ParameterError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        run_on_cluster(store, place, lambda _: None, address="tcp://127.0.0.1:9")
