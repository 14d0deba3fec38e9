"""Every metric with what a reader needs to judge its number.

The command line's list, the reports and the documentation are made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from percept_adv.errors import ParameterError
from percept_adv.metrics.apparent_distortion import mad, mad_components, smallest_side
from percept_adv.metrics.colour import ciede2000, ciede2000_p99
from percept_adv.metrics.gradient_similarity import gmsd
from percept_adv.metrics.laplacian_pyramid import nlpd
from percept_adv.metrics.multiscale import ms_ssim
from percept_adv.metrics.noise_visibility import wpsnr
from percept_adv.metrics.norms import l0, l1, l2, linf
from percept_adv.metrics.structural import psnr, ssim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: how to compute it and how to read it."""

    name: str
    function: Callable[[Any, Any], float]
    """Called with reference and image."""
    better: Literal["lower", "higher"]
    """Which direction means that the image looks more like the reference."""
    range: tuple[float, float]
    """Least and greatest value possible."""
    unit: str
    summary: str
    source: str
    smallest_side: int = 1
    """Pixels that each side of an image needs."""


def _mad_part(name: str) -> Callable[[Any, Any], float]:
    """Return the function that gives one field of `MadComponents`."""

    def part(reference: Any, image: Any) -> float:
        return float(getattr(mad_components(reference, image), name))

    return part


_MAD_SOURCE = "Larson and Chandler 2010, program of April 2010"
_CIEDE_SOURCE = "Sharma, Wu and Dalal 2005, by scikit-image"
_MAD_SIDE = smallest_side(16)

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "l0",
            l0,
            "lower",
            (0, inf),
            "values",
            "values (pixels times channels) that differ",
            "norm",
        ),
        Metric("l1", l1, "lower", (0, inf), "[0, 1] values", "sum of absolute differences", "norm"),
        Metric(
            "l2",
            l2,
            "lower",
            (0, inf),
            "[0, 1] values",
            "Euclidean norm of the difference",
            "Zhang et al. 2020, section 5.1",
        ),
        Metric("linf", linf, "lower", (0, 1), "[0, 1] values", "greatest difference", "norm"),
        Metric(
            "psnr",
            psnr,
            "higher",
            (0, inf),
            "dB",
            "peak signal to noise, infinite for identical images",
            "scikit-image",
        ),
        Metric(
            "wpsnr",
            wpsnr,
            "higher",
            (0, inf),
            "dB",
            "PSNR with noise in textures counted less",
            "Voloshynovskiy et al. 1999",
        ),
        Metric(
            "ssim",
            ssim,
            "higher",
            (-1, 1),
            "",
            "structural similarity, mean over channels",
            "Wang, Bovik, Sheikh and Simoncelli 2004, by scikit-image",
            smallest_side=11,
        ),
        Metric(
            "ms_ssim",
            ms_ssim,
            "higher",
            (0, 1),
            "",
            "structural similarity of the luma over five scales",
            "Wang, Simoncelli and Bovik 2003",
            smallest_side=161,
        ),
        Metric(
            "gmsd",
            gmsd,
            "lower",
            (0, 1),
            "",
            "how unevenly gradients of the luma change",
            "Xue, Zhang, Mou and Bovik 2014",
            smallest_side=4,
        ),
        Metric(
            "nlpd",
            nlpd,
            "lower",
            (0, inf),
            "",
            "distance of locally normalised Laplacian pyramids of the luma",
            "Laparra, Ballé, Berardino and Simoncelli 2016",
        ),
        Metric(
            "ciede2000",
            ciede2000,
            "lower",
            (0, inf),
            "Delta E",
            "mean colour difference",
            _CIEDE_SOURCE,
        ),
        Metric(
            "ciede2000_p99",
            ciede2000_p99,
            "lower",
            (0, inf),
            "Delta E",
            "99th percentile of the colour differences",
            _CIEDE_SOURCE,
        ),
        Metric(
            "mad",
            mad,
            "lower",
            (0, inf),
            "",
            "most apparent distortion: HI and LO combined",
            _MAD_SOURCE,
            _MAD_SIDE,
        ),
        Metric(
            "mad_hi",
            _mad_part("hi"),
            "lower",
            (0, inf),
            "",
            "HI of MAD: visibility near the threshold; 0 makes MAD 0",
            _MAD_SOURCE,
            _MAD_SIDE,
        ),
        Metric(
            "mad_lo",
            _mad_part("lo"),
            "lower",
            (0, inf),
            "",
            "LO of MAD: change of appearance",
            _MAD_SOURCE,
            _MAD_SIDE,
        ),
    )
}
"""Metric by name, in the order of tables."""

MAD_FIELDS = {"mad": "mad", "mad_hi": "hi", "mad_lo": "lo"}
"""Names of the metrics that one computation of MAD gives, and their fields there."""


def resolve(names: Iterable[str]) -> list[Metric]:
    """Return the metrics with these names, each once, HI and LO always beside MAD.

    Raises
    ------
    ParameterError
        If a metric does not exist.
    """
    expanded: dict[str, Metric] = {}
    for name in names:
        if name not in METRICS:
            raise ParameterError(f"there is no metric {name!r}: choose from {', '.join(METRICS)}")
        for wanted in MAD_FIELDS if name == "mad" else (name,):
            expanded[wanted] = METRICS[wanted]
    return list(expanded.values())
