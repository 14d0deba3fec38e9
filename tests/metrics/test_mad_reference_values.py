"""MAD, wPSNR, PSNR and the norms against the programs of others."""

import json
from pathlib import Path

import numpy as np
import pytest

from percept_adv.images import read_image
from percept_adv.metrics import l2, linf, mad_components, psnr, wpsnr

DATA = Path(__file__).parents[1] / "data" / "mad"
PAIRS = json.loads((DATA / "reference_values.json").read_text())
MAD_CASES = [
    pytest.param(pair, values, id=f"{pair['image']}-{values['values']}-{values['version']}")
    for pair in PAIRS
    for values in pair["mad"]
]


def samples(pair):
    return (read_image(DATA / pair[key]).samples for key in ("reference", "image"))


def components(pair, expected, dtype):
    reference, image = samples(pair)
    if expected["values"] == "float":
        reference, image = reference / 255, image / 255
    return mad_components(reference, image, version=expected["version"], dtype=dtype)


@pytest.mark.parametrize(("pair", "expected"), MAD_CASES)
def test_float64_agrees_to_nine_digits(pair, expected):
    found = components(pair, expected, np.float64)
    for field in ("hi", "lo", "exponent", "mad"):
        assert getattr(found, field) == pytest.approx(expected[field], rel=1e-9, abs=0)


@pytest.mark.parametrize(("pair", "expected"), MAD_CASES)
def test_float32_agrees_to_four_digits(pair, expected):
    found = components(pair, expected, np.float32)
    for field in ("hi", "lo", "exponent", "mad"):
        assert getattr(found, field) == pytest.approx(expected[field], rel=1e-4, abs=0)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["image"])
def test_signal_to_noise_ratios(pair):
    reference, image = samples(pair)
    assert psnr(reference, image) == pytest.approx(float(pair["psnr"]), rel=1e-12)
    assert wpsnr(reference, image) == pytest.approx(float(pair["wpsnr"]), rel=1e-12)


@pytest.mark.parametrize("pair", [p for p in PAIRS if "l2" in p], ids=lambda pair: pair["image"])
def test_norms(pair):
    reference, image = samples(pair)
    assert l2(reference, image) == pytest.approx(pair["l2"], rel=1e-12)
    assert linf(reference, image) == pytest.approx(pair["linf"], rel=1e-12)
