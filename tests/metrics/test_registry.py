"""Each metric by one table of cases: a new metric is its file and a line here."""

import numpy as np
import pytest

from percept_adv import metrics
from percept_adv.errors import ImageError
from percept_adv.metrics import METRICS, registry
from percept_adv.metrics.registry import metric

# Of identical images, and of the photograph and a copy that is 0.1 brighter everywhere.
CASES = {
    "l0": (0, 170 * 180 * 3),
    "l1": (0, 0.1 * 170 * 180 * 3),
    "l2": (0, 0.1 * np.sqrt(170 * 180 * 3)),
    "linf": (0, 0.1),
    "psnr": (np.inf, 20),
    "wpsnr": (np.inf, None),
    "ssim": (1, None),
    "ms_ssim": (1, None),
    "gmsd": (0, None),
    "nlpd": (0, None),
    "ciede2000": (0, None),
    "ciede2000_p99": (0, None),
    "mad": (0, None),
    "mad_hi": (0, None),
    "mad_lo": (0, None),
}


@pytest.fixture(scope="module")
def photograph():
    from skimage.data import astronaut

    return 0.9 * astronaut()[40:210, 120:300] / 255


def test_every_metric_has_a_case():
    assert CASES.keys() == METRICS.keys()


@pytest.mark.parametrize("name", CASES)
def test_a_metric_gives_what_its_case_says(name, photograph):
    function = METRICS[name].function
    same, brighter = CASES[name]
    assert function(photograph, photograph) == pytest.approx(same, abs=1e-12)
    found = function(photograph, photograph + 0.1)
    if brighter is not None:
        assert found == pytest.approx(brighter, rel=1e-9, abs=1e-9)
    low, high = METRICS[name].range
    assert low <= found <= high
    assert np.isfinite(function(photograph, 1 - photograph))


@pytest.mark.parametrize("name", CASES)
def test_bands_do_not_change_a_metric(name, photograph, monkeypatch):
    """Images of any size are computed in bands of rows; one pixel a band is the extreme."""
    random = np.random.default_rng(1)
    noisy = np.clip(photograph + random.normal(scale=0.05, size=photograph.shape), 0, 1)
    whole = METRICS[name].function(photograph, noisy)
    from percept_adv.metrics import inputs, multiscale, noise_visibility

    for module in (inputs, multiscale):
        monkeypatch.setattr(module, "BAND_PIXELS", 5 * photograph.shape[1])
    monkeypatch.setattr(noise_visibility, "_HEIGHT", 7)
    assert METRICS[name].function(photograph, noisy) == pytest.approx(whole, rel=1e-11)


def test_a_declared_metric_is_found_everywhere(monkeypatch):
    monkeypatch.setattr(registry, "METRICS", METRICS.copy())

    @metric(
        title="Mean", better="lower", range=(0, 1), summary="mean change", source="this test",
        uses={"command", "summary"},
    )  # fmt: skip
    def mean_change(reference, image):
        return float(np.mean(np.abs(np.subtract(image, reference))))

    assert "mean_change" in registry.METRICS
    assert "mean_change" in registry.used_by("summary")
    assert "mean_change" not in registry.used_by("attack")
    assert registry.resolve(["mean_change"])[0].function(0.2, 0.5) == pytest.approx(0.3)
    with pytest.raises(ValueError, match="two metrics"):
        metric(title="", better="lower", range=(0, 1), summary="", source="")(mean_change)


def test_what_does_not_fit_into_memory_is_refused(photograph, monkeypatch):
    from percept_adv.images import limits

    monkeypatch.setattr(limits, "available_memory", lambda: 10**6)
    measurer = metrics.Measurer(photograph, ["ciede2000", "mad"])
    with pytest.raises(ImageError, match="megapixels needs about"):
        measurer.measure(photograph)
