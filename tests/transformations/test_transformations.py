"""What may happen to a stored image: adjoints, names, and what cannot be read."""

import numpy as np
import pytest

from percept_adv.errors import ParameterError
from percept_adv.transformations import parse_transformation, parse_transformations

LINEAR = ("resize:0.5", "resize:1.7", "resize:0.01", "blur:0.7", "blur:4")
ALL = (*LINEAR, "jpeg:75", "jpeg:90:4:4:4", "bilateral", "bilateral:1.5:0.1")


def images(seed, *shape):
    return np.random.default_rng(seed).uniform(0.3, 0.7, shape).astype(np.float32)


@pytest.mark.parametrize("text", LINEAR)
@pytest.mark.parametrize("shape", [(9, 14, 3), (1, 5, 1), (16, 16, 3)])
def test_pulling_back_is_the_adjoint(text, shape):
    transformation = parse_transformation(text)
    image, other = images(0, *shape), images(1, *shape)
    cotangent = images(2, *shape) - 0.5
    applied = transformation.apply(image) - transformation.apply(other)
    np.testing.assert_allclose(
        np.vdot(applied, cotangent),
        np.vdot(image - other, transformation.pull_back(image, cotangent)),
        rtol=1e-3,
        atol=1e-4,
    )


@pytest.mark.parametrize("text", ["bilateral", "bilateral:1.5:0.1"])
@pytest.mark.parametrize("shape", [(9, 14, 3), (2, 3, 1)])
def test_the_bilateral_filter_is_pulled_back_with_its_own_weights(text, shape):
    """The weighted mean of the image by its own weights is what the filter gives."""
    transformation = parse_transformation(text)
    image, cotangent = images(3, *shape), images(4, *shape) - 0.5
    np.testing.assert_allclose(
        np.vdot(transformation.apply(image), cotangent),
        np.vdot(image, transformation.pull_back(image, cotangent)),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("text", ALL)
def test_sizes_values_and_names_are_kept(text):
    transformation = parse_transformation(text)
    for shape in ((1, 1, 3), (17, 8, 1), (8, 33, 3)):
        applied = transformation.apply(images(5, *shape))
        assert applied.shape == shape
        assert applied.dtype == np.float32
        assert applied.min() >= 0
        assert applied.max() <= 1
        flat = np.full(shape, 128 / 255, np.float32)
        np.testing.assert_allclose(transformation.apply(flat), flat, atol=1e-5)
    assert transformation.name == text
    assert parse_transformation(transformation.name) == transformation


def test_several_are_read_each_once():
    found = parse_transformations("jpeg:75, blur:1,jpeg:75")
    assert [one.name for one in found] == ["jpeg:75", "blur:1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sharpen:1", "unknown transformation 'sharpen:1'"),
        ("", "unknown transformation ''"),
        ("blur", "0 numbers are given: give blur:SIGMA"),
        ("blur:x", "x holds no number"),
        ("blur:0", "0 is out of range"),
        ("blur:nan", "nan is out of range"),
        ("jpeg:75.5", "75.5 is no whole number"),
        ("jpeg:101", "quality is 101"),
        ("jpeg:75:4:1:1", "subsampling is '4:1:1'"),
        ("bilateral:1", "1 numbers are given"),
        ("resize:5", "5 is out of range"),
    ],
)
def test_what_cannot_be_read_is_told(text, message):
    with pytest.raises(ParameterError, match=message):
        parse_transformation(text)
