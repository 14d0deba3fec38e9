"""EXIF orientations: how the stored rows and columns lie in the upright image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image as Pillow

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_TAG = 0x0112
DAMAGED_NOTE = "its EXIF data are damaged: no orientation was applied"


def turn_upright(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Apply an EXIF orientation (1 to 8) to rows and columns."""
    if orientation in {5, 6, 7, 8}:
        samples = samples.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        samples = samples[::-1]
    if orientation in {2, 3, 6, 7}:
        samples = samples[:, ::-1]
    return samples


def exif_orientation(load: Callable[[], Pillow.Exif]) -> tuple[int, list[str]]:
    """Return the orientation that EXIF data ask for, 1 without one, and a note if they are broken.

    ``load`` returns the data, or raises whatever broken data make Pillow raise.
    """
    try:
        orientation = load().get(_TAG, 1)
    except Exception:  # noqa: BLE001 (struct.error, SyntaxError, OverflowError, ...)
        return 1, [DAMAGED_NOTE]
    if isinstance(orientation, int) and 1 <= orientation <= 8:
        return orientation, []
    return 1, []


def parse_exif(content: bytes) -> Pillow.Exif:
    """Read EXIF data, with or without the ``Exif`` and two zeros before their TIFF header."""
    exif = Pillow.Exif()
    exif.load(content)
    return exif
