"""Most apparent distortion (MAD) of Larson and Chandler, 2010."""

from percept_adv.metrics.apparent_distortion.comparison import (
    MadComponents,
    MadReference,
    mad,
    mad_components,
)
from percept_adv.metrics.apparent_distortion.crop import smallest_side

__all__ = ["MadComponents", "MadReference", "mad", "mad_components", "smallest_side"]
