"""What a file held, before anything is computed from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray


@dataclass(frozen=True, eq=False)
class Image:
    """An image as its file stored it.

    Attributes
    ----------
    samples
        ``(H, W)`` or ``(H, W, 3)``, RGB; uint8, uint16, or float32/float64 in [0, 1].
    opaque
        ``(H, W)`` booleans, True where the alpha channel is not 0; None without alpha.
        Alpha is never blended into the colours.
    warnings
        One sentence for each thing that reading changed or that spoils measurements.
    path
        The file.
    """

    samples: NDArray[Any]
    opaque: NDArray[np.bool_] | None
    warnings: tuple[str, ...]
    path: Path

    @property
    def bit_depth(self) -> int:
        """Bits of a stored sample: 8 or 16, 32 or 64 for floats."""
        return self.samples.dtype.itemsize * 8

    @property
    def pixels(self) -> NDArray[np.float64]:
        """The samples as float64 in [0, 1]."""
        return self.as_float(np.float64)

    def as_float(self, dtype: DTypeLike) -> NDArray[Any]:
        """Return the samples in [0, 1] as float32 or float64."""
        floats = self.samples.astype(dtype)
        if self.samples.dtype.kind == "u":
            floats /= np.iinfo(self.samples.dtype).max
        return floats
