"""The real form and the affine form of each step say the same, but for rounding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percept_adv.pipeline import (
    CentreCrop,
    CentreProportions,
    ChannelOrder,
    ColourMode,
    DataType,
    Layout,
    Normalise,
    Pad,
    Pipeline,
    RequiredSize,
    Rescale,
    Resize,
)
from percept_adv.pipeline.resampling import LIBRARIES, resize_matrix

KINDS = [
    (library.NAME, name, antialias)
    for library in LIBRARIES.values()
    for name in library.FILTERS
    for antialias in library.antialiases(name)
]
SIDES = st.integers(1, 90)
# Far enough from 0 and 255 that no filter's overshoot is clipped: clipping is not affine.
LOW, HIGH = 64, 192


def levels_apart(real, affine):
    """By how many levels two images differ; the affine one is rounded once, at its end."""
    return np.abs(real - np.rint(affine)).max()


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(LOW, HIGH, shape, dtype=np.uint8)


def real_and_affine(pipeline, image):
    real = pipeline.prepare(image).astype(np.float64)
    form = pipeline.linear(image.shape)
    return real, form.forward(image.astype(np.float32)).astype(np.float64)


def assert_adjoint(form, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(form.input_shape)
    g = rng.standard_normal(form.output_shape)
    zero = form.forward(np.zeros(form.input_shape))
    forward = float(((form.forward(x) - zero).astype(np.float64) * g).sum())
    backward = float((form.adjoint(g).astype(np.float64) * x).sum())
    scale = np.linalg.norm(x) * np.linalg.norm(g) * np.abs(form.channels).max()
    assert abs(forward - backward) <= 1e-5 * scale


@pytest.mark.parametrize(("library", "name", "antialias"), KINDS)
@settings(max_examples=25, deadline=None)
@given(height=SIDES, width=SIDES, rows=SIDES, columns=SIDES, grey=st.booleans())
def test_resizes_agree_within_one_level(
    library, name, antialias, height, width, rows, columns, grey
):
    resize = Resize(size=(rows, columns), filter=name, library=library, antialias=antialias)
    pipeline = Pipeline((resize, Layout("NHWC")))
    image = noise((height, width, 1 if grey else 3))
    real, affine = real_and_affine(pipeline, image)
    assert real.shape == affine.shape == (rows, columns, image.shape[2])
    assert levels_apart(real, affine) <= 1
    assert_adjoint(pipeline.linear(image.shape))


@pytest.mark.parametrize(("library", "name", "antialias"), KINDS)
@pytest.mark.parametrize("shape", [(333, 517), (224, 640), (97, 1203), (40, 41)])
def test_photograph_sizes_to_that_of_a_network(library, name, antialias, shape):
    resize = Resize(shortest_edge=65, filter=name, library=library, antialias=antialias)
    pipeline = Pipeline((resize, CentreCrop(56, 57), Layout("NHWC")))
    real, affine = real_and_affine(pipeline, noise((*shape, 3)))
    assert real.shape == (56, 57, 3)
    assert levels_apart(real, affine) <= 1


@pytest.mark.parametrize(("library", "name", "antialias"), KINDS)
def test_floats_are_resized_without_rounding(library, name, antialias):
    resize = Resize(size=(31, 50), filter=name, library=library, antialias=antialias)
    real, affine = real_and_affine(
        Pipeline((DataType("float32"), resize, Layout("NHWC"))), noise((77, 41, 3))
    )
    np.testing.assert_allclose(real, affine, atol=2e-3)


@pytest.mark.parametrize(("library", "name", "antialias"), KINDS)
def test_a_constant_stays_one(library, name, antialias):
    for size, wanted in ((71, 20), (20, 71), (1, 9), (9, 1), (1000, 3)):
        for widens in (False, True):
            matrix = resize_matrix(size, wanted, library, name, antialias=antialias, widens=widens)
            assert matrix.shape == (wanted, size)
            np.testing.assert_allclose(np.asarray(matrix.sum(axis=1)), 1, atol=1e-4)


STEPS = {
    "proportions": (CentreProportions(2, 3),),
    "crop": (CentreCrop(20, 30),),
    "crop of a smaller image, filled": (CentreCrop(60, 70, fill=(7.0, 100.0, 30.0)),),
    "crop, floor": (CentreCrop(61, 30, rounding="floor"),),
    "letterbox": (
        Resize(inside=(50, 50), filter="area", library="opencv"),
        Pad(50, 50, fill=(114.0,)),
    ),
    "letterbox from the corner": (
        Resize(inside=(50, 64), filter="bilinear", library="opencv"),
        Pad(50, 64, fill=(1.0, 2.0, 3.0), position="top_left"),
    ),
    "cover": (Resize(cover=(20, 30), filter="bicubic"), CentreCrop(20, 30)),
    "longest edge": (Resize(longest_edge=33),),
    "grey, Pillow": (ColourMode("grey"),),
    "grey, OpenCV": (ColourMode("grey", library="opencv"),),
    "BGR": (ChannelOrder("BGR"),),
    "required": (RequiredSize(41, None),),
    "values": (
        Rescale(1 / 127.5, -1.0),
        Normalise((0.4, 0.5, 0.6), (0.2, 0.25, 0.3)),
        ChannelOrder("BGR"),
    ),
    "values before and after a fill": (
        Rescale(),
        Normalise((0.4,), (0.2,)),
        Resize(inside=(50, 50)),
        Pad(50, 50, fill=(-2.0,)),
    ),
    "fill, then normalised": (Pad(60, 70, fill=(9.0,)), Normalise((100.0, 90.0, 80.0), (50.0,))),
    "integers": (Rescale(0.5), DataType("uint8")),
}


ROUNDED = {"letterbox", "letterbox from the corner", "cover", "longest edge", "integers"}


@pytest.mark.parametrize("name", STEPS)
def test_steps_agree(name):
    steps = STEPS[name]
    pipeline = Pipeline((*steps, Layout("NHWC")))
    image = noise((41, 57, 3))
    real, affine = real_and_affine(pipeline, image)
    assert real.shape == affine.shape
    grey = name.startswith("grey")
    assert np.abs(real - affine).max() <= (1.2 if name in ROUNDED else 0.6 if grey else 1e-4)
    assert_adjoint(pipeline.linear(image.shape))


def test_grey_becomes_colour_by_repeating():
    image = noise((5, 6, 1))
    real, affine = real_and_affine(Pipeline((ColourMode("RGB"), Layout("NHWC"))), image)
    np.testing.assert_array_equal(real, np.repeat(image, 3, axis=2))
    np.testing.assert_array_equal(real, affine)


def test_what_is_cropped_away_has_no_gradient():
    pipeline = Pipeline((Resize(shortest_edge=32, filter="bicubic"), CentreCrop(28, 28)))
    form = pipeline.linear((60, 130, 3))
    gradient = form.adjoint(np.ones(form.output_shape))
    seen = np.abs(gradient).sum(axis=2) > 0
    assert not seen[:, :32].any()
    assert not seen[:, -32:].any()
    assert seen[10:-10, 40:-40].all()


def test_one_composition_of_matrices_is_that_of_the_steps():
    steps = (
        ColourMode("RGB"), Resize(shortest_edge=48, filter="lanczos"), CentreCrop(40, 44),
        Rescale(), Normalise((0.4, 0.5, 0.6), (0.2, 0.25, 0.3)), Pad(50, 50, fill=(3.0,)),
        ChannelOrder("BGR"),
    )  # fmt: skip
    image = noise((80, 70, 3)).astype(np.float32)
    by_steps = image
    for step in steps:
        by_steps = step.affine(by_steps.shape).forward(by_steps)
    np.testing.assert_allclose(
        Pipeline(steps).linear(image.shape).forward(image), by_steps, atol=1e-4
    )
