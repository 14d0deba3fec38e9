import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from percept_adv.errors import ImageError
from percept_adv.images import read_image, read_pixels, write_png

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (12, 17, 3), dtype=np.uint8)
GRAY = RGB[:, :, 0].copy()
RGB16 = RNG.integers(0, 65536, (12, 17, 3), dtype=np.uint16)


def save(path, samples, **options):
    Pillow.fromarray(samples).save(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".gif", ".webp", ".ppm"])
def test_eight_bits_arrive_as_stored(tmp_path, suffix):
    samples = RGB // 64 * 64 if suffix == ".gif" else RGB
    options = {"lossless": True} if suffix == ".webp" else {}
    path = save(tmp_path / f"image{suffix}", samples, **options)
    image = read_image(path)
    np.testing.assert_array_equal(image.samples, samples)
    assert (image.bit_depth, image.opaque, image.warnings, image.path) == (8, None, (), path)


@pytest.mark.parametrize("samples", [RGB16, RGB16[:, :, 1]], ids=["rgb", "gray"])
def test_sixteen_bits_stay_sixteen_bits(tmp_path, samples):
    bgr = samples if samples.ndim == 2 else samples[:, :, ::-1]
    cv2.imwrite(str(tmp_path / "a.png"), bgr)
    # OpenCV writes LZW, tifffile no compression.
    cv2.imwrite(str(tmp_path / "b.tif"), bgr)
    tifffile.imwrite(tmp_path / "c.tif", samples, photometric="rgb" if bgr.ndim == 3 else None)
    tifffile.imwrite(tmp_path / "d.tif", samples, byteorder=">", compression="zlib")
    for name in ("a.png", "b.tif", "c.tif", "d.tif"):
        image = read_image(tmp_path / name)
        assert image.bit_depth == 16
        np.testing.assert_array_equal(image.samples, samples)
        np.testing.assert_array_equal(image.pixels, samples / 65535)


def test_sixteen_bit_alpha_is_split_off(tmp_path):
    alpha = np.full(RGB16.shape[:2], 65535, np.uint16)
    alpha[0, :5] = 0
    bgra = np.dstack([RGB16[:, :, ::-1], alpha])
    cv2.imwrite(str(tmp_path / "a.png"), bgra)
    image = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(image.samples, RGB16)
    np.testing.assert_array_equal(image.opaque, alpha > 0)


@pytest.mark.parametrize("gray", [False, True])
def test_alpha_masks_and_never_blends(tmp_path, gray):
    colours = GRAY[:, :, None] if gray else RGB
    alpha = np.where(np.arange(17) < 4, 0, 77).astype(np.uint8) * np.ones((12, 1), np.uint8)
    path = save(tmp_path / "a.png", np.dstack([colours, alpha]))
    image = read_image(path)
    np.testing.assert_array_equal(image.samples, colours.squeeze())
    np.testing.assert_array_equal(image.opaque, alpha > 0)


def test_a_palette_becomes_rgb_and_its_transparency_a_mask(tmp_path):
    picture = Pillow.fromarray(GRAY % 4).convert("P")
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90, 1, 2, 3] + [0] * 756)
    picture.save(tmp_path / "a.png", transparency=2)
    image = read_image(tmp_path / "a.png")
    colours = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90], [1, 2, 3]])
    index = np.asarray(picture)
    np.testing.assert_array_equal(image.samples, colours[index])
    np.testing.assert_array_equal(image.opaque, index != 2)


def test_a_palette_tiff_and_inverted_gray_tiff(tmp_path):
    index = GRAY % 8
    palette = RNG.integers(0, 256, (3, 256)).astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "p.tif", index, photometric="palette", colormap=palette)
    expected = np.moveaxis(palette[:, index] // 257, 0, -1)
    np.testing.assert_array_equal(read_image(tmp_path / "p.tif").samples, expected)
    tifffile.imwrite(tmp_path / "w.tif", GRAY, photometric="miniswhite")
    np.testing.assert_array_equal(read_image(tmp_path / "w.tif").samples, 255 - GRAY)


def test_one_bit_images_are_black_and_white(tmp_path):
    Pillow.fromarray(GRAY > 99).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").samples, (GRAY > 99) * 255)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_becomes_rgb_with_a_warning(tmp_path, suffix):
    cmyk = Pillow.fromarray(np.full((16, 16, 3), 200, np.uint8)).convert("CMYK")
    cmyk.save(tmp_path / f"a{suffix}")
    image = read_image(tmp_path / f"a{suffix}")
    assert image.samples.shape == (16, 16, 3)
    assert np.abs(image.samples.astype(int) - 200).max() <= 3
    assert any("CMYK" in warning for warning in image.warnings)


def test_jpeg_is_warned_about(tmp_path):
    image = read_image(save(tmp_path / "a.jpg", RGB))
    assert any("JPEG" in warning for warning in image.warnings)


@pytest.mark.parametrize("suffix", [".gif", ".tif", ".webp"])
def test_of_several_frames_the_first_is_read_with_a_warning(tmp_path, suffix):
    frames = [Pillow.fromarray(np.full((8, 9, 3), v, np.uint8)) for v in (0, 255, 128)]
    options = {"lossless": True} if suffix == ".webp" else {}
    frames[0].save(
        tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:], duration=90, **options
    )
    image = read_image(tmp_path / f"a{suffix}")
    assert not image.samples.any()
    assert image.samples.shape == (8, 9, 3)
    assert image.warnings == ("only the first of 3 frames was read",)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["png8", "png16", "tiff"])
def test_the_exif_orientation_is_applied_once(tmp_path, orientation, kind):
    upright = RGB16 if kind == "png16" else RGB
    turns = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    stored = np.ascontiguousarray(turns[orientation](upright))
    path = tmp_path / ("a.tif" if kind == "tiff" else "a.png")
    if kind == "tiff":
        tags = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, stored, photometric="rgb", extratags=tags)
    else:
        exif = Pillow.Exif()
        exif[274] = orientation
        if kind == "png8":
            Pillow.fromarray(stored).save(path, exif=exif)
        else:
            path.write_bytes(_with_exif(stored, exif))
    np.testing.assert_array_equal(read_image(path).samples, upright)


def _with_exif(samples, exif):
    """Encode a 16-bit PNG with an eXIf chunk after its header."""
    import struct
    import zlib

    png = cv2.imencode(".png", samples[:, :, ::-1])[1].tobytes()
    data = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return png[:33] + chunk + png[33:]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_float_tiffs_keep_their_values(tmp_path, dtype):
    values = RNG.random((5, 6)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values)
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.tif"), values)


@pytest.mark.parametrize(
    ("value", "word"), [(np.nan, "NaN"), (np.inf, "infinite"), (3, r"\[0, 1\]")]
)
def test_floats_that_are_no_image_are_refused(tmp_path, value, word):
    values = np.zeros((5, 6), np.float32)
    values[2, 2] = value
    tifffile.imwrite(tmp_path / "a.tif", values)
    with pytest.raises(ImageError, match=word):
        read_image(tmp_path / "a.tif")


def test_planes_apart_are_put_together(tmp_path):
    planes = np.moveaxis(RGB, -1, 0)
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").samples, RGB)


@pytest.mark.parametrize("name", ["a.png", "b.png", "c.jpg", "d.gif", "e.tif", "f.tif", "g.webp"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_truncated_files_are_refused_in_one_line(tmp_path, capfd, name, share):
    path = tmp_path / name
    big = np.tile(RGB, (5, 5, 1))
    if name in {"b.png", "e.tif"}:
        cv2.imwrite(str(path), big.astype(np.uint16) * 257)
    elif name == "f.tif":
        tifffile.imwrite(path, big)
    else:
        save(path, big)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(ImageError) as caught:
        read_image(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"hello" * 40, bytes(500), b"II*\0" + bytes(60)]
)
def test_what_is_no_image_is_refused(tmp_path, capfd, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"a\.png"):
        read_image(path)
    assert capfd.readouterr() == ("", "")


def test_a_broken_lzw_tiff_prints_nothing(tmp_path, capfd):
    path = tmp_path / "a.tif"
    Pillow.fromarray(RGB).save(path, compression="tiff_lzw")
    content = bytearray(path.read_bytes())
    content[60:90] = bytes(range(30))
    path.write_bytes(content)
    with pytest.raises(ImageError, match="broken"):
        read_image(path)
    assert capfd.readouterr() == ("", "")


def test_files_that_cannot_be_opened_are_refused(tmp_path):
    with pytest.raises(ImageError, match="No such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(ImageError, match="directory"):
        read_image(tmp_path)


def test_a_float32_image_comes_back_to_the_same_8_bits(tmp_path):
    write_png(tmp_path / "a.png", RGB)
    floats = read_image(tmp_path / "a.png").as_float(np.float32)
    assert floats.dtype == np.float32
    write_png(tmp_path / "b.png", floats)
    np.testing.assert_array_equal(read_image(tmp_path / "b.png").samples, RGB)


def test_a_jpeg_of_more_than_8_bits_is_named(tmp_path):
    samples = np.random.default_rng(0).integers(0, 4096, (16, 16, 3), dtype=np.uint16)
    path = tmp_path / "deep.jpg"
    path.write_bytes(imagecodecs.jpeg_encode(samples, bitspersample=12))
    with pytest.raises(ImageError, match=r"begins as a JPEG.*12 bits a sample"):
        read_image(path)
