"""A classifier before its pipeline: the real code decides, its adjoint steers."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from tiny_models import CLASSES, HEIGHT, WIDTH, linear, save, weights

from percept_adv import Classifier
from percept_adv.attacks import attack
from percept_adv.errors import ParameterError, ShapeError
from percept_adv.pipeline import (
    CentreCrop,
    ChannelOrder,
    ColourMode,
    DataType,
    Normalise,
    Pad,
    Pipeline,
    Rescale,
    Resize,
)

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
ENDING = (Rescale(), Normalise(MEAN, STD))
PIPELINES = {
    "crop": Pipeline(
        (Resize(shortest_edge=10, filter="bicubic"), CentreCrop(HEIGHT, WIDTH), *ENDING)
    ),
    "letterbox": Pipeline(
        (
            Resize(inside=(HEIGHT, WIDTH), filter="area", library="opencv"),
            Pad(HEIGHT, WIDTH, fill=(114.0,)),
            ChannelOrder("BGR"),
            *ENDING,
        )
    ),
    "floats": Pipeline(
        (
            Rescale(),
            Resize(size=(HEIGHT, WIDTH), filter="bilinear", library="torch", antialias=False),
            Normalise(MEAN, STD),
        )
    ),
    "grey files": Pipeline((ColourMode("RGB"), Resize(size=(HEIGHT, WIDTH)), *ENDING)),
}  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save(linear(), tmp_path_factory.mktemp("model"))


def levels(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def shape_of(name, height=23, width=31):
    return (height, width, 1 if name == "grey files" else 3)


@pytest.mark.parametrize("name", PIPELINES)
def test_logits_are_those_of_the_real_pipeline(model, name):
    pipeline = PIPELINES[name]
    images = levels((3, *shape_of(name)))
    target = Classifier(model, preprocessing=pipeline, provider="cpu").at_file(images.shape[1:])
    prepared = np.stack([pipeline.prepare(image) for image in images])
    expected = np.einsum("khwc,nchw->nk", weights(), prepared.astype(np.float64))
    np.testing.assert_allclose(target.logits(images), expected, rtol=1e-4, atol=1e-3)
    evaluation = target.evaluate(images, np.zeros(3, np.int64), loss="logit_difference")
    np.testing.assert_allclose(evaluation.logits, target.logits(images), atol=1e-3)


def test_the_pipeline_of_the_logits_is_pillow_itself(model):
    image = levels((40, 29, 3))
    target = Classifier(model, preprocessing=PIPELINES["crop"], provider="cpu").at_file((40, 29))
    resized = Pillow.fromarray(image).resize((10, int(10 * 40 / 29)), Pillow.Resampling.BICUBIC)
    left, top = round((resized.width - WIDTH) / 2), round((resized.height - HEIGHT) / 2)
    cropped = resized.crop((left, top, left + WIDTH, top + HEIGHT))
    values = (np.asarray(cropped) / np.float32(255) - np.array(MEAN)) / np.array(STD)
    expected = np.einsum("khwc,hwc->k", weights(), values)
    np.testing.assert_allclose(target.logits(image[np.newaxis])[0], expected, rtol=1e-4)


def test_floats_are_judged_as_they_would_be_stored(model):
    image = levels((1, 23, 31, 3))
    target = Classifier(model, preprocessing=PIPELINES["crop"], provider="cpu").at_file((23, 31, 3))
    near = np.clip(image / np.float32(255) + np.float32(0.4 / 255), 0, 1)
    np.testing.assert_array_equal(target.logits(near), target.logits(image))


@pytest.mark.parametrize("name", PIPELINES)
@settings(max_examples=10, deadline=None)
@given(height=st.integers(2, 50), width=st.integers(2, 50))
def test_the_gradient_is_that_of_the_affine_form(model, name, height, width):
    """The logits of a linear model behind an affine map have one gradient, known from both."""
    classifier = Classifier(model, preprocessing=PIPELINES[name], provider="cpu")
    shape = shape_of(name, height, width)
    target = classifier.at_file(shape)
    images = levels((1, *shape), seed=height)
    cotangent = np.random.default_rng(width).standard_normal((1, CLASSES)).astype(np.float32)
    at_network = np.einsum("nk,khwc->hwc", cotangent, weights().astype(np.float64))
    expected = 255 * classifier.pipeline.linear(shape).adjoint(at_network)
    gradient = target.gradient(images, cotangent)[0]
    np.testing.assert_allclose(gradient, expected, atol=2e-5 * max(np.abs(expected).max(), 1))


def test_one_classifier_for_many_sizes_shares_its_sessions(model):
    classifier = Classifier(model, preprocessing=PIPELINES["crop"], provider="cpu")
    images = levels((1, 23, 31, 3))
    classifier.at_file((23, 31)).gradient(images, np.ones((1, CLASSES)))
    assert classifier.at_file((40, 50))._gradients is classifier._gradients
    assert len(classifier._gradients.sessions) == 1
    assert classifier.image_shape == (HEIGHT, WIDTH, 3)
    with pytest.raises(ShapeError, match=r"23, 31, 3"):
        classifier.at_file((23, 31)).logits(levels((1, 24, 31, 3)))


def test_a_copy_stays_at_its_files(model):
    target = Classifier(model, preprocessing=PIPELINES["crop"], provider="cpu").at_file((23, 31))
    twin = pickle.loads(pickle.dumps(target))
    images = levels((2, 23, 31, 3))
    assert twin.image_shape == (23, 31, 3)
    np.testing.assert_array_equal(twin.logits(images), target.logits(images))


def test_bytes_enter_a_model_of_bytes(tmp_path):
    from onnx import TensorProto

    model = save(linear(elem_type=TensorProto.UINT8), tmp_path)
    pipeline = Pipeline((Resize(size=(HEIGHT, WIDTH)),))
    classifier = Classifier(model, preprocessing=pipeline, provider="cpu")
    assert classifier.pipeline.steps[-1] == DataType("uint8")
    image = levels((1, 23, 31, 3))
    expected = np.einsum("khwc,chw->k", weights(), pipeline.prepare(image[0]).astype(np.float64))
    np.testing.assert_allclose(classifier.at_file((23, 31)).logits(image)[0], expected, rtol=1e-4)


def test_a_toml_file_of_steps(model, tmp_path):
    path = tmp_path / "contract.toml"
    path.write_text(
        f"""
        [[steps]]
        kind = "resize"
        shortest_edge = 10
        filter = "bicubic"
        [[steps]]
        kind = "centre_crop"
        height = {HEIGHT}
        width = {WIDTH}
        [[steps]]
        kind = "rescale"
        [[steps]]
        kind = "normalise"
        mean = [0.485, 0.456, 0.406]
        std = [0.229, 0.224, 0.225]
        """
    )
    classifier = Classifier(model, preprocessing=path, provider="cpu")
    assert classifier.pipeline == Classifier(model, preprocessing=PIPELINES["crop"]).pipeline
    steps = classifier.pipeline.table()
    again = Classifier(model, preprocessing={"steps": steps}, provider="cpu")
    assert again.pipeline == classifier.pipeline
    other = Classifier(model, preprocessing={"contract": path, "std": 0.5, "channel_order": "BGR"})
    kinds = [step.kind for step in other.pipeline.steps]
    assert kinds == ["colour_mode", "resize", "centre_crop", "rescale", "channel_order",
                     "normalise", "layout", "type"]  # fmt: skip
    assert other.pipeline.steps[5] == Normalise(MEAN, (0.5,))


BROKEN = {
    "[[steps]]\nkind = 'blur'": r"step 1 is of kind 'blur'.*resize",
    "[[steps]]\nkind = 'resize'\nsize = [8, 8]\nfilter = 'cubic'": r"filter is 'cubic'.*bicubic",
    "[[steps]]\nkind = 'resize'\nsize = 8": r"size is 8",
    "[[steps]]\nkind = 'resize'": r"one of size, shortest_edge",
    "[[steps]]\nkind = 'centre_crop'\nheight = 8": r"'width' is missing",
    "[[steps]]\nkind = 'centre_crop'\nheight = 8\nwidth = 0": r"width is 0",
    "[[steps]]\nkind = 'pad'\nheight = 8\nwidth = 8\ncolour = 3": r"unknown field 'colour'",
    "[[steps]]\nkind = 'normalise'\nmean = 'imagenet'": r"mean is 'imagenet'",
    "[[steps]]\nkind = 'normalise'\nstd = [0.0]": r"std is",
    "[[steps]]\nkind = 'resize'\nsize = [8, 8]\nantialias = false": r"library 'pillow' always anti",
    "steps = 3": r"list of tables",
    "means = 0.5": r"unknown field 'means'.*steps",
    "no toml": r"cannot be read as a contract",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_contract_that_cannot_be_used_says_where(model, text, tmp_path):
    path = tmp_path / "contract.toml"
    path.write_text(text)
    with pytest.raises(ParameterError, match=BROKEN[text]) as raised:
        Classifier(model, preprocessing=path, provider="cpu")
    assert str(path) in str(raised.value)


def test_a_contract_that_contradicts_the_model(model):
    with pytest.raises(ShapeError, match="correct the contract"):
        Classifier(model, preprocessing=Pipeline((Resize(size=(9, 9)),)), provider="cpu")


@pytest.mark.parametrize("name", ["square", "pgd2", "salma", "qpgd2"])
def test_cropped_borders_stay_as_they_are(model, name):
    """Random starts, random squares and smoothing reach no pixel that the network never sees."""
    target = Classifier(model, preprocessing=PIPELINES["crop"], provider="cpu").at_file((24, 46, 3))
    seen = target.seen
    assert seen.any(axis=0).sum() < 46
    images = levels((3, 24, 46, 3)).astype(np.float32) / 255
    probe = images.copy()
    probe[:, ~seen] = 0.5
    np.testing.assert_array_equal(target.logits(probe), target.logits(images))
    own = {
        "square": {"eps": 0.2, "iterations": 20},
        "pgd2": {"eps": 2.0, "iterations": 4, "restarts": 2},
        "salma": {"iterations": 10},
        "qpgd2": {"eps": 2.0, "iterations": 4},
    }[name]
    result = attack(name, target, images, target.predict(images), **own)
    for found in (result.adversarial, result.stored / 255):
        assert (np.abs(found - images)[:, seen] > 1e-3).any()
        np.testing.assert_allclose(found[:, ~seen], images[:, ~seen], atol=1e-6)
    with pytest.raises(ParameterError, match="sees nothing"):
        attack(name, target, images, target.predict(images), mask=~seen, **own)
