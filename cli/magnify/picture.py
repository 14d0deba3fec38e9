"""Magnifying one image, and turning the result into a picture or an array on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ShapeError
from percept_adv.images import Image, check_memory, content_sha256, encode_png, read_image
from percept_adv.magnification import (
    Statistics,
    channel_deviations,
    describe_signal,
    magnify,
    notes_on,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.magnification import Range

_GAP = 4
_COPIES = 3
"""The most arrays like the image that are held at once: measured at 12 and 24 megapixels."""


@dataclass(frozen=True, eq=False)
class Magnified:
    """An image with its magnified signal."""

    image: Image
    signal: NDArray[Any]

    @classmethod
    def of(cls, path: Path, parameters: dict[str, float]) -> Magnified:
        """Read and magnify a file."""
        image = read_image(path)
        floats = _floats(image)
        check_memory(_COPIES * floats.nbytes, f"magnifying {path}")
        return cls(image, magnify(floats, **parameters))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.signal.shape[:2]
        return height, width

    def statistics(self, flat: NDArray[np.bool_]) -> Statistics:
        """Describe the signal; the image is made again from what the file held."""
        deviations = channel_deviations(_floats(self.image))
        return describe_signal(self.signal, deviations, flat=flat, opaque=self.image.opaque)

    def describe(self, shown: Range, statistics: Statistics) -> dict[str, Any]:
        """Return what JSON says of the image."""
        height, width = self.size
        return {
            "width": width,
            "height": height,
            "channels": 1 if self.signal.ndim == 2 else self.signal.shape[2],
            "bit_depth": self.image.bit_depth,
            "sha256": content_sha256(self.image.path),
            **statistics.as_dict(),
            "share_clipped": shown.share_clipped(self.signal),
            "warnings": notes_on(self.image),
        }


def _floats(image: Image) -> NDArray[Any]:
    """Choose float32, which holds 8 and 16 bits, unless the file held float64."""
    return image.as_float(np.float64 if image.bit_depth == 64 else np.float32)


def cut(pixels: NDArray[Any], crop: tuple[int, int, int, int] | None) -> NDArray[Any]:
    """Take the part that ``--crop`` asks for.

    Raises
    ------
    ShapeError
        If it reaches beyond the image.
    """
    if crop is None:
        return pixels
    x, y, width, height = crop
    if x < 0 or y < 0 or x + width > pixels.shape[1] or y + height > pixels.shape[0]:
        raise ShapeError(
            f"--crop {x} {y} {width} {height} reaches beyond the image, "
            f"which is {pixels.shape[1]} x {pixels.shape[0]} pixels"
        )
    return pixels[y : y + height, x : x + width]


def write_values(path: Path, signal: NDArray[Any]) -> None:
    """Write unscaled values as ``.npy`` or as a float32 TIFF."""
    if path.suffix.lower() == ".npy":
        np.save(path, signal)
        return
    import tifffile

    kind = "rgb" if signal.ndim == 3 else "minisblack"
    tifffile.imwrite(path, signal.astype(np.float32, copy=False), photometric=kind)


def write_picture(path: Path, panels: list[NDArray[np.uint8]]) -> None:
    """Write 8-bit pictures beside each other as one PNG; gray ones become RGB where any is."""
    if any(panel.ndim == 3 for panel in panels):
        panels = [p if p.ndim == 3 else np.repeat(p[:, :, None], 3, axis=2) for p in panels]
    gap = np.full((panels[0].shape[0], _GAP, *panels[0].shape[2:]), 255, np.uint8)
    spaced = [part for panel in panels for part in (panel, gap)][:-1]
    path.write_bytes(encode_png(np.hstack(spaced)))
