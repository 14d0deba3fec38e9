"""Damaged files are read or refused in one line: no other exception, no crash, no hang."""

import io
import struct
import subprocess
import sys
from pathlib import Path

import corpus
import pytest
import tifffile

from percept_adv.errors import ImageError
from percept_adv.images import read_image

SCRIPT = Path(__file__).with_name("fuzzing.py")


def fuzz(seed, count, folder):
    done = subprocess.run(
        [sys.executable, SCRIPT, str(seed), str(count), folder],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    left = [path.name for path in folder.iterdir()]
    assert done.returncode == 0, f"{left}: {done.stderr[-3000:]}"
    assert done.stderr == ""
    read, refused = map(int, done.stdout.split())
    assert read + refused == count
    assert min(read, refused) > count / 10


def test_a_sample(tmp_path):
    fuzz(0, 400, tmp_path)


@pytest.mark.large
@pytest.mark.parametrize("seed", range(1, 5))
def test_thousands(seed, tmp_path):
    fuzz(seed, 2000, tmp_path)


@pytest.mark.parametrize("compression", ["jpeg", "jpegxr", "jpeg2000", "webp", "jpegxl"])
@pytest.mark.parametrize("share", [0.6, 0.9, 0.99])
def test_a_tiff_with_cut_pixels_is_refused(compression, share, tmp_path):
    """Some codecs make the rest gray and say nothing."""
    content = corpus.tiff(corpus.SMOOTH8, photometric="rgb", compression=compression)
    path = tmp_path / "a.tif"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ImageError, match=r"cut off|unpacked"):
        read_image(path)


def test_a_tiff_whose_depth_is_cut_off_is_refused(tmp_path):
    """The depths of three channels lie outside the directory; without them one bit was taken."""
    content = corpus.tiff(corpus.RGB8, photometric="rgb")
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        tag = file.pages.first.tags["BitsPerSample"]
    lost = bytearray(content)
    struct.pack_into("<I", lost, tag.offset + 8, len(content) + 100)
    path = tmp_path / "a.tif"
    path.write_bytes(lost)
    with pytest.raises(ImageError, match="its tag 258 cannot be read"):
        read_image(path)


def test_a_pcx_without_its_palette_is_told(tmp_path):
    case = next(case for case in corpus.pillow_cases() if case.name == "gray.pcx")
    path = tmp_path / case.name
    path.write_bytes(case.content[:-1])
    assert any("no palette" in note for note in read_image(path).warnings)
