"""What a file held, before anything is computed from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.images.orientation import turn_upright

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray


@dataclass(frozen=True, eq=False)
class Image:
    """An image as its file stored it.

    Attributes
    ----------
    samples
        ``(H, W)`` or ``(H, W, 3)``, RGB; uint8 or uint16 over their whole range, or float32 or
        float64 in [0, 1]. Samples of 10, 12 or 14 bits are float64, which holds them exactly.
    alpha
        ``(H, W)`` of the same type; None where everything is opaque. Never blended into the
        colours, which are those that the file stored, also where nothing of them is seen.
    warnings
        One sentence for each thing that reading changed or that spoils measurements.
    path
        The file.
    bit_depth
        Bits of a stored sample: 8 also for less, 10 to 16, 32 or 64 for floats.
    orientation
        The EXIF orientation (1 to 8) that is still to be applied; see `upright`.
    profile
        Name of the embedded colour profile; None without one. It changes no value.
    """

    samples: NDArray[Any]
    alpha: NDArray[Any] | None
    warnings: tuple[str, ...]
    path: Path
    bit_depth: int
    orientation: int = 1
    profile: str | None = None

    @property
    def opaque(self) -> NDArray[np.bool_] | None:
        """``(H, W)`` booleans, True where alpha is not 0; None without alpha."""
        return None if self.alpha is None else self.alpha > 0

    @property
    def pixels(self) -> NDArray[np.float64]:
        """The samples as float64 in [0, 1]."""
        return self.as_float(np.float64)

    def as_float(self, dtype: DTypeLike) -> NDArray[Any]:
        """Return the samples in [0, 1] as float32 or float64.

        Parameters
        ----------
        dtype
            ``np.float32`` or ``np.float64``.

        Returns
        -------
        ndarray
            The shape of ``samples``.
        """
        return _in_unit_range(self.samples, dtype)

    def alpha_as_float(self, dtype: DTypeLike) -> NDArray[Any] | None:
        """Return alpha in [0, 1], 0 being transparent; None without alpha.

        Parameters
        ----------
        dtype
            ``np.float32`` or ``np.float64``.

        Returns
        -------
        ndarray or None
            ``(H, W)``.
        """
        return None if self.alpha is None else _in_unit_range(self.alpha, dtype)

    def upright(self) -> Image:
        """Return the image with its EXIF orientation applied."""
        if self.orientation == 1:
            return self
        alpha = self.alpha
        if alpha is not None:
            alpha = np.ascontiguousarray(turn_upright(alpha, self.orientation))
        samples = np.ascontiguousarray(turn_upright(self.samples, self.orientation))
        return replace(self, samples=samples, alpha=alpha, orientation=1)


def _in_unit_range(samples: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    floats = samples.astype(dtype)
    if samples.dtype.kind == "u":
        floats /= np.iinfo(samples.dtype).max
    return floats
