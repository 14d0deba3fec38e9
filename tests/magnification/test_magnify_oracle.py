from pathlib import Path

import numpy as np
import pytest

from percept_adv import magnify
from percept_adv.images import read_image
from percept_adv.magnification import bilateral_filter, joint_bilateral_filter, local_statistics

DATA = Path(__file__).parents[1] / "data" / "magnification"
ROWS = {"flat96x112": slice(None, None, 3)}


@pytest.fixture(scope="module")
def expected():
    with np.load(DATA / "expected.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", ["astronaut96", "camera128", "flat96x112", "gray16_64"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 2e-5)])
def test_magnify_agrees_with_the_authors_program(name, dtype, tolerance, expected):
    result = magnify(read_image(DATA / f"{name}.png").as_float(dtype))
    assert result.dtype == dtype
    rows = result[ROWS.get(name, slice(None))]
    np.testing.assert_allclose(rows, expected[name], rtol=0, atol=tolerance)


def test_local_terms_agree_with_the_authors_program(expected):
    image = read_image(DATA / "astronaut96.png").pixels
    difference, deviation = local_statistics(image)
    np.testing.assert_allclose((image - difference)[::8], expected["astronaut96_mu"], atol=1e-9)
    np.testing.assert_allclose(deviation[::8], expected["astronaut96_sd"], atol=1e-9)
    np.testing.assert_allclose(bilateral_filter(image), image - difference, atol=1e-15)
    squares = joint_bilateral_filter(difference**2, image)
    np.testing.assert_allclose(np.sqrt(squares), deviation, atol=1e-12)
