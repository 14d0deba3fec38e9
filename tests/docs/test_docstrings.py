"""Examples in docstrings run; docs/reference/python.md lists what they take for granted."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import numpy as np
import onnx
import percept_adv_models
import pytest

import percept_adv
from percept_adv.evaluation import Configuration, RunStore, open_dataset, plan_variants, run_here
from percept_adv.images import read_pixels
from percept_adv.labels import Classes

pytestmark = pytest.mark.slow


def _examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    modules = [
        "percept_adv",
        *(m.name for m in walk_packages(percept_adv.__path__, "percept_adv.")),
    ]
    for name in modules:
        module = import_module(name)
        for example in finder.find(module, name):
            if example.examples:
                yield pytest.param(example, id=example.name)


@pytest.fixture(scope="module")
def classifier():
    return percept_adv.Classifier("c4", provider="cpu")


@pytest.fixture(scope="module")
def digits():
    return percept_adv_models.dataset_path("mnist-sample")


@pytest.fixture(scope="module")
def run(classifier, tmp_path_factory):
    """Two digits, attacked once."""
    dataset = open_dataset("mnist-sample", Classes(10), limit=2)
    variants = plan_variants(["fgsm"], {"fgsm": {"eps": 0.3}}, {})
    wanted = Configuration.of(classifier, dataset, variants, batch_size=8, version="0.1.0")
    store = RunStore.begin(tmp_path_factory.mktemp("run"), wanted)
    run_here(store, classifier, dataset.folder, lambda _: None)
    yield store
    store.close()


@pytest.fixture
def given(classifier, digits, run, tmp_path):
    images = read_pixels(digits / "00000.png").astype(np.float32)[np.newaxis, ..., np.newaxis]
    return {
        "np": np,
        "percept_adv": percept_adv,
        "classifier": classifier,
        "images": images,
        "labels": classifier.predict(images),
        "model": onnx.load(percept_adv_models.path("c4")),
        "digits": digits,
        "folder": tmp_path,
        "run": run,
    }


@pytest.mark.parametrize("example", list(_examples()))
def test_examples_run(example, given):
    example.globs.update(given)
    failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, clear_globs=False)
    assert failed.failed == 0
