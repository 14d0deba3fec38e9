"""What becomes of colours that nobody sees."""

from pathlib import Path

import numpy as np
import pytest

from percept_adv.errors import ParameterError
from percept_adv.images import Blend, Image, as_compared, parse_transparency

ALPHA = np.array([[0, 0, 255, 128]], np.uint8)


def image(levels, alpha=None, *, profile=None):
    samples = np.array([levels], np.uint8)
    alpha = None if alpha is None else np.array([alpha], np.uint8)
    return Image(samples, alpha, (), Path("a.png"), 8, profile=profile)


def test_words_and_colours_are_read():
    assert parse_transparency("ignore") == "ignore"
    assert parse_transparency("mask") == "mask"
    assert parse_transparency("blend:white") == Blend((255, 255, 255))
    assert parse_transparency("blend:#8040ff") == Blend((128, 64, 255))
    assert parse_transparency(str(Blend((1, 2, 3)))) == Blend((1, 2, 3))
    for wrong in ("", "blend", "blend:", "blend:colourless", "hide", "0.9"):
        with pytest.raises(ParameterError, match="blend:COLOUR"):
            parse_transparency(wrong)


def test_ignored_alpha_changes_nothing_and_is_told():
    first, second = image([1, 2, 3, 4], ALPHA[0]), image([9, 2, 3, 5], ALPHA[0])
    same, other, notes = as_compared(first, second, "ignore")
    assert same is first
    assert other is second
    assert len(notes) == 1
    assert "2 transparent pixels" in notes[0]
    assert as_compared(image([1, 2, 3, 4]), image([1, 2, 3, 4], [255] * 4), "ignore")[2] == []


def test_equal_colours_of_other_transparency_are_told():
    _, _, notes = as_compared(image([5] * 4), image([5] * 4, [255, 9, 255, 0]), "ignore")
    assert any("transparency differs in 2 pixels" in note for note in notes)


def test_a_mask_makes_equal_what_is_unseen_in_both():
    first, second = image([1, 2, 3, 4], [0, 0, 255, 0]), image([9, 8, 7, 6], [0, 3, 255, 0])
    reference, masked, _ = as_compared(first, second, "mask")
    assert reference is first
    np.testing.assert_array_equal(masked.samples, [[1, 8, 7, 4]])
    np.testing.assert_array_equal(second.samples, [[9, 8, 7, 6]])


def test_blending_shows_what_is_seen():
    white, opaque, notes = as_compared(
        image([0, 100, 3, 0], ALPHA[0]), image([9, 8, 7, 6]), parse_transparency("blend:white")
    )
    np.testing.assert_array_equal(white.samples, [[255, 255, 3, 127]])
    assert white.samples.dtype == np.uint8
    assert white.alpha is None
    np.testing.assert_array_equal(opaque.samples, [[9, 8, 7, 6]])
    assert notes == []
    red, _, _ = as_compared(
        image([0, 100, 3, 0], ALPHA[0]), image([9, 8, 7, 6]), parse_transparency("blend:red")
    )
    np.testing.assert_array_equal(red.samples[0, 0], [255, 0, 0])
    np.testing.assert_array_equal(red.samples[0, 2], [3, 3, 3])


def test_colour_profiles_that_differ_are_told():
    plain, wide = image([1]), image([1], profile="Display P3")
    assert "Display P3" in as_compared(plain, wide, "ignore")[2][0]
    assert as_compared(plain, image([1], profile="sRGB IEC61966-2.1"), "ignore")[2] == []
    assert as_compared(wide, wide, "ignore")[2] == []
