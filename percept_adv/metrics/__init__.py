"""Full-reference image metrics: norms, structure, colour and visible distortion.

Each takes a reference and an image (8-bit values, or floats in [0, 1]; grey or RGB)
and returns one number.
"""

from .apparent_distortion import MadComponents, MadReference, mad, mad_components
from .colour import ciede2000, ciede2000_p99
from .noise_visibility import wpsnr
from .norms import l0, l1, l2, linf
from .structural import psnr, ssim

__all__ = [
    "MadComponents",
    "MadReference",
    "ciede2000",
    "ciede2000_p99",
    "l0",
    "l1",
    "l2",
    "linf",
    "mad",
    "mad_components",
    "psnr",
    "ssim",
    "wpsnr",
]
