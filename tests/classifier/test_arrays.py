"""One rule for arrays, whoever takes them: 8 bits are divided by 255, other values refused."""

import copy
import pickle

import numpy as np
import onnx
import percept_adv_models
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import CLASSES, HEIGHT, WIDTH, linear, save, weights

from percept_adv import Classifier, attacks
from percept_adv.classifier.arrays import check_batch
from percept_adv.errors import ImageError, ModelError, ModelFormatError, ShapeError

SHAPE = HEIGHT, WIDTH, 3


@pytest.fixture(scope="module")
def classifier():
    return Classifier(linear(), preprocessing={"height": HEIGHT, "width": WIDTH}, provider="cpu")


@pytest.fixture(scope="module")
def levels():
    return np.random.default_rng(4).integers(0, 256, (3, *SHAPE), dtype=np.uint8)


LABELS = np.array([0, 1, 2])
COTANGENT = np.random.default_rng(2).standard_normal((3, CLASSES)).astype(np.float32)
TAKERS = {
    "logits": lambda c, x: c.logits(x),
    "predict": lambda c, x: c.predict(x),
    "gradient": lambda c, x: c.gradient(x, COTANGENT[: len(x)]),
    "evaluate": lambda c, x: c.evaluate(x, LABELS[: len(x)], loss="cross_entropy").gradient,
    "attack": lambda c, x: attacks.fgsm(c, x, LABELS[: len(x)], eps=0.1).stored,
    "universal": lambda c, x: attacks.universal(
        c, x, LABELS[: len(x)], rounds=1, eps=1.0
    ).stored,
}  # fmt: skip


@pytest.mark.parametrize("name", TAKERS)
def test_bytes_are_divided_by_255(name, classifier, levels):
    take = TAKERS[name]
    of_bytes, of_floats = take(classifier, levels), take(classifier, levels / 255)
    np.testing.assert_array_equal(of_bytes, of_floats)
    flat = take(classifier, levels.reshape(3, -1))
    np.testing.assert_array_equal(flat.reshape(of_bytes.shape), of_bytes)


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize(
    ("value", "told"), [(np.nan, "nan"), (np.inf, "inf"), (-0.01, "-0.0"), (255.0, "divide by 255")]
)
def test_other_values_are_refused(name, value, told, classifier, levels):
    images = levels / 255
    images[1, 2, 3, 1] = value
    with pytest.raises(ImageError, match=told):
        TAKERS[name](classifier, images)
    with pytest.raises(ImageError, match="of type int64"):
        TAKERS[name](classifier, levels.astype(np.int64))


def test_what_was_stored_is_classified_as_it_was_told():
    classifier = Classifier("c4", provider="cpu")
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    labels = classifier.predict(images)
    result = attacks.ddn(classifier, images, labels, iterations=20)
    assert result.success.all()
    np.testing.assert_array_equal(classifier.predict(result.stored), result.label_after)
    assert not np.any(classifier.predict(result.stored) == labels)


@given(
    st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 3])),
    st.tuples(
        st.none() | st.integers(1, 4), st.none() | st.integers(1, 4), st.sampled_from([1, 3])
    ),
)
def test_a_batch_fits_or_is_refused(given_shape, shape):
    images = np.zeros(given_shape)
    fits = all(a in (None, b) for a, b in zip(shape, given_shape[1:], strict=True))
    if fits:
        assert check_batch(images, shape, "model").shape == given_shape
    else:
        with pytest.raises(ShapeError, match=r"model takes a batch \(N, "):
            check_batch(images, shape, "model")


def test_a_single_image_lacks_an_axis(classifier, levels):
    with pytest.raises(ShapeError, match=r"image\[None\]"):
        classifier.logits(levels[0])


@pytest.mark.parametrize(
    ("model", "fields", "wanted"),
    [
        ("c4", {"mean": 0.1, "std": 0.5}, ("NCHW", "grey", 28, 28)),
        (linear(channels=1), {"mean": 0.1}, ("NCHW", "grey", HEIGHT, WIDTH)),
        (linear(layout="NHWC"), {"std": 0.5}, ("NHWC", "RGB", HEIGHT, WIDTH)),
        (linear(), {"channel_order": "BGR"}, ("NCHW", "BGR", HEIGHT, WIDTH)),
        (linear(batch=2), {"mean": [0.1, 0.2, 0.3]}, ("NCHW", "RGB", HEIGHT, WIDTH)),
    ],
)
def test_python_completes_a_contract(model, fields, wanted, tmp_path):
    pipeline = Classifier(model, preprocessing=fields, provider="cpu").pipeline
    assert (pipeline.layout, pipeline.channel_order, *pipeline.size) == wanted
    (normalise,) = (step for step in pipeline.steps if step.kind == "normalise")
    for name in fields.keys() & {"mean", "std"}:
        assert getattr(normalise, name) == tuple(np.atleast_1d(fields[name]))
    (tmp_path / "contract.toml").write_text(
        "[input]\n" + "\n".join(f"{name} = {value!r}" for name, value in fields.items())
    )
    assert Classifier(
        model, preprocessing=tmp_path / "contract.toml", provider="cpu"
    ).pipeline == pipeline  # fmt: skip


def test_a_model_in_memory_is_the_model_in_its_file(levels, tmp_path):
    model = linear(ending="softmax")
    content = model.SerializeToString()
    classifiers = [
        Classifier(source, provider="cpu") for source in (save(model, tmp_path), model, content)
    ]
    logits = [classifier.logits(levels) for classifier in classifiers]
    np.testing.assert_array_equal(logits[0], logits[1])
    np.testing.assert_array_equal(logits[0], logits[2])
    assert len({classifier.sha256 for classifier in classifiers}) == 1
    assert [classifier.name for classifier in classifiers] == ["model", "linear", "linear"]
    bundled = Classifier(percept_adv_models.path("c4").read_bytes(), provider="cpu")
    assert (bundled.name, bundled.class_names) == ("c4", Classifier("c4").class_names)
    with pytest.raises(ModelFormatError, match="3 bytes"):
        Classifier(b"abc")


@pytest.mark.parametrize("copy_of", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_a_copy_is_built_anew(copy_of, levels, tmp_path):
    path = save(linear(), tmp_path)
    options = {"preprocessing": {"mean": 0.3}, "provider": "cpu", "batch_size": 2}
    for source in (path, linear()):
        classifier = Classifier(source, class_names=list("abcde"), **options)
        twin = copy_of(classifier)
        assert twin is not classifier
        assert (twin.pipeline, twin.class_names) == (classifier.pipeline, classifier.class_names)
        for name in ("logits", "gradient"):
            np.testing.assert_array_equal(
                TAKERS[name](twin, levels), TAKERS[name](classifier, levels)
            )
    classifier = Classifier(path, provider="cpu")
    onnx.save(linear(matrix=weights(seed=5)), path)
    with pytest.raises(ModelError, match="give both the same file"):
        copy_of(classifier)
