"""Most apparent distortion (MAD) of Larson and Chandler, 2010."""

from .comparison import MadComponents, MadReference, mad, mad_components

__all__ = ["MadComponents", "MadReference", "mad", "mad_components"]
