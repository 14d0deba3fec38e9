"""Full-reference image metrics: norms, structure, colour and visible distortion.

Each takes a reference and an image (8-bit values, or floats in [0, 1]; grey or RGB)
and returns one number.
"""

from .apparent_distortion import MadComponents, MadReference, mad, mad_components
from .colour import ciede2000, ciede2000_p99
from .gradient_similarity import gmsd
from .laplacian_pyramid import nlpd
from .measuring import Measurer
from .multiscale import ms_ssim
from .noise_visibility import wpsnr
from .norms import l0, l1, l2, linf
from .pairing import Pairs, pair_files
from .registry import METRICS, Metric, resolve
from .structural import psnr, ssim

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
    "wpsnr",
]
