"""Several processes on one run: each outcome is made once, and nobody waits for the dead."""

import multiprocessing
import os
import signal
from dataclasses import replace
from importlib.metadata import version
from threading import Timer

import pytest

from percept_adv import Classifier
from percept_adv.evaluation import Configuration, RunStore, open_dataset, plan_variants, run_here
from percept_adv.evaluation.claims import Claims
from percept_adv.evaluation.sweep import sweep
from percept_adv.evaluation.work import Failed, Finished, Waiting
from percept_adv.labels import Classes

pytestmark = pytest.mark.slow

IMAGES = 16
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def classifier():
    return Classifier("c4", provider="cpu", batch_size=1)


@pytest.fixture(scope="module")
def dataset():
    return open_dataset("mnist-sample", Classes(10), limit=IMAGES)


@pytest.fixture
def store(classifier, dataset, tmp_path):
    variants = plan_variants(["cw"], {"cw": {"iterations": 20, "search_steps": 2}}, {})
    configuration = Configuration.of(
        classifier, dataset, variants, batch_size=1, version=version("percept-adv")
    )
    with_store = RunStore.begin(tmp_path / "run", configuration)
    yield with_store
    with_store.close()


@pytest.fixture
def keys(store):
    (variant,) = store.configuration.variants
    return [key for _, key in store.configuration.outcomes(variant)]


def of(store):
    return Claims(store, store.is_finished)


def test_what_one_holds_the_other_does_not_get(store, keys):
    other = RunStore.open(store.folder)
    with of(store) as mine, of(other) as theirs:
        with mine.hold(keys[:2]) as held:
            assert held == set(keys[:2])
            assert mine.free(keys) == keys
            assert theirs.free(keys[:3]) == [keys[2]]
            with theirs.hold(keys[1:3]) as rest:
                assert rest == {keys[2]}
        assert theirs.free(keys) == keys
        with pytest.raises(ZeroDivisionError), mine.hold(keys):
            raise ZeroDivisionError
        with theirs.hold(keys) as held:
            assert held == set(keys)
    assert not list(store.folder.glob("*.lock"))
    other.close()


def _hold_and_hang(folder, keys, sender):
    with of(RunStore.open(folder)) as claims, claims.hold(keys):
        sender.send("held")
        signal.pause()


def test_the_dead_hold_nothing(store, keys):
    receiver, sender = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_hold_and_hang, args=(store.folder, keys, sender))
    process.start()
    sender.close()
    assert receiver.recv() == "held"
    with of(store) as mine:
        assert mine.free(keys) == []
        with mine.hold(keys) as held:
            assert held == set()
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert mine.free(keys) == keys
        with mine.hold(keys) as held:
            assert held == set(keys)
    assert not list(store.folder.glob("*.lock"))


def _run(folder, gate, sender):
    made = []
    with_store = RunStore.open(folder)
    classifier = Classifier("c4", provider="cpu", batch_size=1)
    images = open_dataset("mnist-sample", Classes(10), limit=IMAGES).folder
    gate.wait()
    run_here(with_store, classifier, images, made.append)
    sender.send([one.key for one in made if isinstance(one, Finished)])


def test_two_processes_share_the_work(store, keys):
    gate = SPAWN.Barrier(2)
    pipes = [SPAWN.Pipe(duplex=False) for _ in range(2)]
    processes = [
        SPAWN.Process(target=_run, args=(store.folder, gate, sender)) for _, sender in pipes
    ]
    for process in processes:
        process.start()
    for _, sender in pipes:
        sender.close()
    first, second = (receiver.recv() for receiver, _ in pipes)
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert first
    assert second
    assert not list(store.folder.glob("*.lock"))
    # Each waited until everything was there, and made none that the other had.
    assert sorted(first + second) == sorted(keys)


def test_what_others_have_is_waited_for_and_then_done(store, keys):
    """Images that cannot be used are tried once."""
    other = RunStore.open(store.folder)
    told, done = [], []

    def work(tasks):
        for one in tasks:
            with mine.hold(one.keys) as held:
                done.extend(one.only(held).keys)
                yield from (Failed(*pair, "no image") for pair in one.only(held).samples)

    with of(store) as mine, of(other) as theirs:
        holding = theirs.hold(keys[3:5])
        holding.__enter__()

        def tell(outcome):
            if isinstance(outcome, Waiting) and not any(isinstance(one, Waiting) for one in told):
                holding.__exit__(None, None, None)
            told.append(outcome)

        # Should it wait for ever, this ends it.
        timer = Timer(60, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        sweep(store, mine, work, tell)
        timer.cancel()
    waited = [outcome.count for outcome in told if isinstance(outcome, Waiting)]
    assert waited == [2]
    assert sorted(done) == sorted(keys)
    assert set(done[-2:]) == set(keys[3:5])
    other.close()


def test_the_same_image_twice_is_one_outcome(classifier, dataset, tmp_path):
    (first, *_) = dataset.samples
    twice = replace(dataset, samples=(first, first))
    variants = plan_variants(["fgsm"], {}, {"fgsm": [0.3]})
    configuration = Configuration.of(
        classifier, twice, variants, batch_size=1, version=version("percept-adv")
    )
    store = RunStore.begin(tmp_path / "run", configuration)
    told = []
    run_here(store, classifier, dataset.folder, told.append)
    (outcome,) = told
    assert isinstance(outcome, Finished)
    store.close()
