import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from percept_adv.errors import ImageError, OutputError, ParameterError, ShapeError
from percept_adv.images import (
    atomic_write,
    checked_image,
    from_uint8,
    read_image,
    resize_to,
    to_uint8,
    write_png,
)


@given(arrays.arrays(np.float64, st.integers(1, 9), elements=st.floats(-2, 2)))
def test_rounding_goes_to_the_nearest_level(values):
    levels = to_uint8(values)
    assert np.abs(levels - np.clip(values, 0, 1) * 255).max() <= 0.5


def test_8_bits_survive_the_way_through_floats():
    levels = np.arange(256, dtype=np.uint8)
    for dtype in (np.float32, np.float64):
        np.testing.assert_array_equal(to_uint8(from_uint8(levels, dtype)), levels)


def test_what_has_no_8_bit_level_is_refused():
    with pytest.raises(ImageError, match="NaN"):
        to_uint8(np.array([np.nan]))
    with pytest.raises(ImageError, match="int64"):
        to_uint8(np.array([3]))


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 3), (1, 1)])
def test_a_png_holds_what_was_written(tmp_path, shape):
    pixels = np.random.default_rng(1).random(shape)
    write_png(tmp_path / "new" / "a.png", pixels)
    samples = read_image(tmp_path / "new" / "a.png").samples
    np.testing.assert_array_equal(samples.reshape(shape), np.rint(pixels * 255))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


@pytest.mark.parametrize("shape", [(4,), (4, 5, 2), (0, 5)])
def test_other_shapes_are_no_png(tmp_path, shape):
    with pytest.raises(ShapeError, match="PNG"):
        write_png(tmp_path / "a.png", np.zeros(shape))


@pytest.mark.parametrize("shape", [(1, 1_000_001), (1_000_001, 1)])
def test_what_png_software_does_not_take_is_refused(tmp_path, capfd, shape):
    with pytest.raises(OutputError, match="1000000 a side"):
        write_png(tmp_path / "a.png", np.zeros(shape, np.uint8))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.json"
    target.write_text("old")

    def fail_halfway():
        with atomic_write(target) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_png(tmp_path / "file" / "a.png", np.zeros((2, 2)))
    (tmp_path / "folder.png" / "inside").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"folder\.png"):
        write_png(tmp_path / "folder.png", np.zeros((2, 2)))


@pytest.mark.parametrize("shape", [(40, 60), (60, 40, 3), (24, 24, 3), (7, 90, 1)])
def test_resizing_takes_the_centre_square(shape):
    pixels = np.random.default_rng(2).random(shape)
    side = min(shape[:2])
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    square = pixels[top : top + side, left : left + side]
    result = resize_to(pixels, 24, 24)
    assert result.shape == (24, 24, *shape[2:])
    np.testing.assert_allclose(result, resize_to(square, 24, 24))
    with pytest.raises(ParameterError, match="0 x 24"):
        resize_to(pixels, 0, 24)
    assert result.min() >= 0
    assert result.max() <= 1


def test_resizing_keeps_flat_and_linear_images():
    np.testing.assert_allclose(resize_to(np.full((50, 70, 3), 0.3), 16, 16), 0.3, atol=1e-6)
    ramp = np.tile((np.arange(64) + 0.5) / 64, (64, 1))
    exact = np.tile((np.arange(32) + 0.5) / 32, (32, 1))
    np.testing.assert_allclose(resize_to(ramp, 32, 32)[:, 3:-3], exact[:, 3:-3], atol=1e-6)


def test_checked_image_keeps_the_precision_and_refuses_the_rest():
    assert checked_image(np.zeros((2, 2), np.float32)).dtype == np.float32
    assert checked_image(np.zeros((2, 2), np.uint8)).dtype == np.float64
    with pytest.raises(ImageError, match="complex"):
        checked_image(np.zeros((2, 2), complex))
    with pytest.raises(ShapeError, match="the guide"):
        checked_image(np.zeros(3), what="the guide")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_replaced_by_a_file(tmp_path):
    """Root would replace /dev/null too."""
    pipe = tmp_path / "a.png"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="a device or a pipe"):
        write_png(pipe, np.zeros((2, 2)))
    assert pipe.is_fifo()
