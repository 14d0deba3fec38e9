"""Most apparent distortion (MAD) of Larson and Chandler, 2010."""

from .comparison import MadComponents, MadReference, mad, mad_components
from .crop import smallest_side

__all__ = ["MadComponents", "MadReference", "mad", "mad_components", "smallest_side"]
