"""Keeping the kind of file that an input is."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from percept_adv.errors import ParameterError
from percept_adv.images import from_uint8
from percept_adv.storing import Jpeg, KeptJpeg, Png, StoreChoice, keep_format


def jpeg(mode="RGB", size=(40, 33), **options):
    rng = np.random.default_rng(5)
    picture = Pillow.fromarray(rng.integers(60, 190, (6, 6, 3), dtype=np.uint8)).resize(size)
    written = io.BytesIO()
    picture.convert(mode).save(written, "JPEG", **options)
    return written.getvalue()


def patched(content, marker, offset, value):
    """Change one byte of a segment's payload, or its marker (offset -1)."""
    at = content.index(bytes((0xFF, marker)))
    changed = bytearray(content)
    changed[at + 1 if offset < 0 else at + 4 + offset] = value
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (jpeg("CMYK"), "it is CMYK"),
        (patched(jpeg(), 0xC0, -1, 0xC9), "it uses arithmetic coding"),
        (patched(jpeg(), 0xC0, -1, 0xC3), "it uses lossless or hierarchical coding"),
        (patched(jpeg(), 0xC0, 0, 12), "it has 12 bits a sample"),
        (jpeg(keep_rgb=True), "it stores RGB instead of luminance and chrominance"),
    ],
)
def test_what_cannot_be_kept_is_stored_as_png_and_told(content, reason):
    store, note = keep_format(content)
    assert store == Png()
    assert note == f"the JPEG cannot be kept as it is: {reason}; the result is stored as PNG"
    with pytest.raises(ParameterError, match=reason):
        KeptJpeg(content)


@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 1}, {"mode": "L"}],
)
def test_an_unchanged_jpeg_begins_at_its_own_coefficients(options):
    content = jpeg(quality=77, **options)
    store, note = keep_format(content)
    assert (store, note) == (KeptJpeg(content), "")
    with Pillow.open(io.BytesIO(content)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
        tables = picture.quantization
    image, same = store.begin(from_uint8(pixels, np.float32))
    np.testing.assert_array_equal(image, from_uint8(pixels, np.float32))
    lattice = same.lattice(image)
    with Pillow.open(io.BytesIO(lattice.encode(lattice.origin))) as again:
        assert again.quantization == tables
        np.testing.assert_array_equal(np.asarray(again.convert("RGB")), pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("upright", [False, True])
def test_a_turned_photograph_keeps_its_orientation(orientation, upright):
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    content = jpeg(quality=90, exif=exif)
    with Pillow.open(io.BytesIO(content)) as picture:
        from PIL import ImageOps

        seen = ImageOps.exif_transpose(picture) if upright else picture
        pixels = np.asarray(seen.convert("RGB"))
    image, store = KeptJpeg(content).begin(from_uint8(pixels, np.float32))
    lattice = store.lattice(image)
    np.testing.assert_array_equal(lattice.original, pixels)
    # One step in a corner that an orientation moves, seen where the gradient says.
    cotangent = np.zeros(pixels.shape, np.float32)
    cotangent[:8, :8] = 1
    moved = lattice.origin.copy()
    slope = lattice.pull_back(cotangent)
    moved[np.argmax(np.abs(slope))] += 40
    changed = np.abs(lattice.decode(moved).astype(int) - pixels).sum(axis=2)
    assert changed[:8, :8].sum() > 0.8 * changed.sum()
    with Pillow.open(io.BytesIO(lattice.encode(moved))) as file:
        assert file.getexif()[0x0112] == orientation


def test_an_image_of_another_size_is_compressed_alike_and_upright():
    exif = Pillow.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    content = jpeg(quality=64, subsampling=1, exif=exif, icc_profile=b"a profile")
    resized = np.full((16, 16, 3), 0.4, np.float32)
    image, store = KeptJpeg(content).begin(resized)
    lattice = store.lattice(image)
    with (
        Pillow.open(io.BytesIO(content)) as before,
        Pillow.open(io.BytesIO(lattice.encode(lattice.origin))) as after,
    ):
        assert after.quantization == before.quantization
        assert after.size == (16, 16)
        assert after.getexif()[0x0112] == 1
        assert after.getexif()[0x010F] == "a camera"
        assert after.info["icc_profile"] == b"a profile"
        assert [entry[1:3] for entry in after.layer] == [entry[1:3] for entry in before.layer]


def test_choices_are_checked_and_named():
    assert StoreChoice().of("x.png") == (Png(), "")
    assert StoreChoice("jpeg", 75).of("x.png") == (Jpeg(75), "")
    assert StoreChoice("jpeg", 75, "4:4:4").name == "jpeg 75 4:4:4"
    assert StoreChoice("source").name == "source"
    for wrong in (("bmp",), ("png", 5), ("jpeg", 0), ("jpeg", 5, "4:1:1")):
        with pytest.raises(ParameterError):
            StoreChoice(*wrong)
