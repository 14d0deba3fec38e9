"""What a decoder hands over: samples as stored, alpha apart, orientation not yet applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ImageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOSSY_NOTE = (
    "{name} compression has changed the image: what is magnified or measured may be its artefacts"
)
PERHAPS_LOSSY_NOTE = "{name} compression may have changed the image, which is not told by its file"
CMYK_NOTE = "CMYK was converted to RGB without a colour profile"
FRAMES_NOTE = "only the first of {count} frames was read"


@dataclass
class Decoded:
    """An image before it is turned upright.

    Attributes
    ----------
    samples
        ``(H, W)`` or ``(H, W, 3)``: uint8 or uint16 over their whole range, or floats.
    alpha
        ``(H, W)`` on the scale of the samples; None where everything is opaque.
    depth
        Bits of a sample in the file where they are neither 8 nor 16 nor those of a float.
    orientation
        EXIF orientation, 1 to 8, that is still to be applied.
    profile
        The embedded ICC profile.
    notes
        One sentence for each thing that the user should know.
    """

    samples: NDArray[Any] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    alpha: NDArray[Any] | None = None
    depth: int | None = None
    orientation: int = 1
    profile: bytes | None = None
    notes: list[str] = field(default_factory=list)

    def take(self, samples: NDArray[Any]) -> Decoded:
        """Take gray or RGB with or without a last channel of alpha, which is never blended in."""
        channels = 1 if samples.ndim == 2 else samples.shape[2]
        if channels > 4 or samples.ndim > 3:
            raise ImageError(f"it has samples of shape {samples.shape}: expected gray or RGB")
        if samples.ndim == 3 and channels in {2, 4}:
            self.alpha = samples[:, :, -1]
            samples = samples[:, :, :-1]
        if samples.ndim == 3 and samples.shape[2] == 1:
            samples = samples[:, :, 0]
        self.samples = samples
        return self


def full_range(samples: NDArray[Any], maximum: int) -> tuple[NDArray[Any], int | None]:
    """Spread integers from 0 to ``maximum`` over 8 or 16 bits where that is exact.

    Otherwise they become float64 in [0, 1].

    Returns
    -------
    samples, depth
        The depth is None unless they became floats.
    """
    if samples.dtype.kind == "b":
        samples = samples.astype(np.uint8)
    if maximum == np.iinfo(samples.dtype).max and samples.dtype.itemsize <= 2:
        return samples.astype(samples.dtype.newbyteorder("="), copy=False), None
    for kind in (np.uint8, np.uint16):
        factor, rest = divmod(int(np.iinfo(kind).max), maximum)
        if not rest and factor:
            spread: NDArray[Any] = samples.astype(kind)
            spread *= factor
            return spread, None
    return samples / np.float64(maximum), maximum.bit_length()
