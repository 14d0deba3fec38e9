"""Every kind of file arrives as other software sees it."""

import corpus
import numpy as np
import pytest

from percept_adv.errors import ImageError
from percept_adv.images import read_image, search_images
from percept_adv.images.formats import looks_like_image

CASES = corpus.all_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_values_alpha_and_notes(case, tmp_path, capfd):
    path = tmp_path / case.name
    path.write_bytes(case.content)
    image = read_image(path)
    assert image.pixels.shape == case.pixels.shape
    np.testing.assert_allclose(image.pixels, case.pixels, rtol=0, atol=case.tolerance + 1e-12)
    if case.opaque is None:
        assert image.opaque is None
    else:
        np.testing.assert_array_equal(image.opaque, case.opaque)
    if case.says is None:
        assert image.warnings == ()
    else:
        assert any(case.says in warning for warning in image.warnings), image.warnings
    assert capfd.readouterr() == ("", "")


def test_a_folder_takes_them_all(tmp_path):
    for case in CASES:
        (tmp_path / case.name).write_bytes(case.content)
    search = search_images([tmp_path])
    assert len(search.images) == len(CASES)
    assert search.left_out_note() is None
    assert len({str(found.name.with_suffix(".png")).casefold() for found in search.images}) == len(
        CASES
    )


def test_content_alone_tells_most():
    """Formats with a mark too short to be sure are told by their suffix."""
    unsure = {case.name.split(".")[1] for case in CASES if not looks_like_image(case.content)}
    assert unsure <= {"tga", "pcx", "sgi", "dib", "xbm"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_format_keeps_the_limit(case, tmp_path, monkeypatch):
    monkeypatch.setenv("PERCEPT_ADV_MAX_PIXELS", str(corpus.WIDTH * corpus.HEIGHT - 1))
    path = tmp_path / case.name
    path.write_bytes(case.content)
    with pytest.raises(ImageError, match=f"--max-pixels {corpus.WIDTH * corpus.HEIGHT} allows"):
        read_image(path)
    monkeypatch.setenv("PERCEPT_ADV_MAX_PIXELS", str(corpus.WIDTH * corpus.HEIGHT))
    read_image(path)
