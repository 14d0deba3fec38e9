"""Examples in docstrings run, with what they take for granted: numpy, the library, some digits."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import numpy as np
import percept_adv_models
import pytest
from PIL import Image

import percept_adv


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
def given():
    digit = percept_adv_models.path("c4").parent / "data" / "mnist" / "00000.png"
    images = np.asarray(Image.open(digit))[np.newaxis]
    classifier = percept_adv.Classifier("c4", provider="cpu")
    return {
        "np": np,
        "percept_adv": percept_adv,
        "classifier": classifier,
        "images": images,
        "labels": classifier.predict(images),
    }


@pytest.mark.parametrize("example", list(_examples()))
def test_examples_run(example, given):
    example.globs.update(given)
    failed = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, clear_globs=False)
    assert failed.failed == 0
