"""Several processes showing one run to a network: each verdict is made once, and kept at once."""

import multiprocessing
import os
import shutil
import signal
from importlib.metadata import version

import percept_adv_models
import pytest

from percept_adv import Classifier
from percept_adv.evaluation import (
    Configuration,
    RunStore,
    open_dataset,
    plan_variants,
    run_here,
    transfer,
)
from percept_adv.evaluation.network import Network, tell_apart
from percept_adv.evaluation.transfer import _PART, examine
from percept_adv.labels import Classes

IMAGES = 40
NAME = "c4-adv"
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def run(tmp_path):
    """A folder with 80 outcomes, and how many of them are of images that were attacked."""
    classifier = Classifier("c4", provider="cpu", batch_size=1)
    images = open_dataset("mnist-sample", Classes(10), limit=IMAGES)
    variants = plan_variants(["fgsm", "ifgsm"], {}, {"fgsm": [0.3], "ifgsm": [0.3]})
    configuration = Configuration.of(
        classifier, images, variants, batch_size=1, version=version("percept-adv")
    )
    store = RunStore.begin(tmp_path / "run", configuration)
    run_here(store, classifier, images.folder, lambda _: None)
    attacked = sum(not record["already_misclassified"] for record in store.records().values())
    store.close()
    return tmp_path / "run", attacked


def open_tested():
    return Classifier(NAME, provider="cpu")


def network():
    return Network.of(open_tested(), NAME, "")


def count(store):
    return len(store.transfers(network()))


def _examine(folder, gate, sender):
    done = []
    store, classifier = RunStore.open(folder), open_tested()
    gate.wait()
    examine(store, network(), classifier, done.append)
    sender.send(done)


@pytest.mark.slow
def test_two_processes_share_the_verdicts(run):
    folder, attacked = run
    gate = SPAWN.Barrier(2)
    pipes = [SPAWN.Pipe(duplex=False) for _ in range(2)]
    processes = [SPAWN.Process(target=_examine, args=(folder, gate, end)) for _, end in pipes]
    for process in processes:
        process.start()
    for _, sender in pipes:
        sender.close()
    done = [receiver.recv() for receiver, _ in pipes]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    # First each tells what it found done: of the second that may be some of the first's.
    made = [sum(counts[1:]) for counts in done]
    assert sum(made) == attacked
    assert all(made)
    assert count(RunStore.open(folder)) == attacked
    assert not list(folder.glob("*.lock"))


def _examine_and_hang(folder, sender):
    classify = transfer._classify

    def classify_once(*arguments):
        if count(RunStore.open(folder)) > 0:
            sender.send("in the second part")
            signal.pause()
        return classify(*arguments)

    transfer._classify = classify_once
    examine(RunStore.open(folder), network(), open_tested(), lambda _: None)


@pytest.mark.slow
def test_a_killed_one_loses_only_what_it_had_in_hand(run):
    folder, attacked = run
    receiver, sender = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=_examine_and_hang, args=(folder, sender))
    process.start()
    sender.close()
    assert receiver.recv() == "in the second part"
    store, done = RunStore.open(folder), []
    kept = count(store)
    assert 0 < kept < attacked

    def tell(number):
        done.append(number)
        # When all is there but what the other has in hand.
        if sum(done) >= attacked - _PART and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            process.join()

    examine(store, network(), open_tested(), tell)
    assert done[0] == kept
    assert sum(done) == attacked == count(store)
    assert not list(folder.glob("*.lock"))
    again = []
    examine(store, network(), open_tested(), again.append)
    assert again == [attacked]


def test_networks_of_one_name_are_told_apart(run, tmp_path):
    folder, attacked = run
    store = RunStore.open(folder)
    verdicts = {}
    for place, model in (("one", "c4"), ("two", "c4-adv")):
        path = tmp_path / place / "model.onnx"
        path.parent.mkdir()
        shutil.copy(percept_adv_models.path(model), path)
        classifier = Classifier(path, provider="cpu")
        classifier.name = "model"
        tested = Network.of(classifier, str(path), "")
        done = []
        examine(store, tested, classifier, done.append)
        assert done[0] == 0
        assert sum(done) == attacked
        verdicts[str(path)] = store.transfers(tested)
    names = tell_apart(store.networks())
    assert names == sorted(verdicts)
    kept = {name: store.transfers(one) for name, one in zip(names, store.networks(), strict=True)}
    assert kept == verdicts
    first, second = kept.values()
    assert first != second


def test_names_of_networks():
    def of(*rows):
        return tell_apart([Network(f"{i}" * 9, *row) for i, row in enumerate(rows)])

    assert of(("a", "x/a.onnx", ""), ("b", "b", "")) == ["a", "b"]
    assert of(("a", "x/a.onnx", ""), ("a", "x/a.onnx", "blur")) == ["a", "a behind blur"]
    assert of(("a", "x/a.onnx", ""), ("a", "y/a.onnx", "")) == ["x/a.onnx", "y/a.onnx"]
    assert of(("a", "a", ""), ("a", "a", "")) == ["a [00000000]", "a [11111111]"]
