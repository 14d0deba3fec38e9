"""Full-reference image metrics: norms, structure, colour and visible distortion.

Each takes a reference and an image (8-bit values, or floats in [0, 1]; grey or RGB)
and returns one number. Every module here may declare metrics with `registry.metric`.
"""

from importlib import import_module
from pkgutil import iter_modules

from percept_adv.metrics.apparent_distortion import MadComponents, MadReference, mad, mad_components
from percept_adv.metrics.colour import ciede2000, ciede2000_p99
from percept_adv.metrics.gradient_similarity import gmsd
from percept_adv.metrics.laplacian_pyramid import nlpd
from percept_adv.metrics.measuring import Measurer
from percept_adv.metrics.multiscale import ms_ssim
from percept_adv.metrics.noise_visibility import wpsnr
from percept_adv.metrics.norms import l0, l1, l2, linf
from percept_adv.metrics.pairing import Pairs, pair_files
from percept_adv.metrics.registry import METRICS, Metric, resolve, used_by
from percept_adv.metrics.structural import psnr, ssim

__all__ = [
    "METRICS",
    "MadComponents",
    "MadReference",
    "Measurer",
    "Metric",
    "Pairs",
    "ciede2000",
    "ciede2000_p99",
    "gmsd",
    "l0",
    "l1",
    "l2",
    "linf",
    "mad",
    "mad_components",
    "ms_ssim",
    "nlpd",
    "pair_files",
    "psnr",
    "resolve",
    "ssim",
    "used_by",
    "wpsnr",
]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
for _metric in METRICS.values():
    globals().setdefault(_metric.name, _metric.function)
