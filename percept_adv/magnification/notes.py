"""What a reader of a magnified image has to know of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from percept_adv.images import Image

_TRANSPARENT = (
    "some pixels are transparent: their colours are shown as the file stores them, and the "
    "statistics leave them out"
)


def notes_on(image: Image) -> list[str]:
    """Return what reading said, and what is special about the pixels.

    Parameters
    ----------
    image
        As `percept_adv.images.read_image` returns it.

    Returns
    -------
    list of str
        Sentences.

    Examples
    --------
    >>> from percept_adv.images import read_image
    >>> from percept_adv.magnification import notes_on
    >>> notes_on(read_image(digits / "00000.png"))
    []
    """
    return [*image.warnings, *([] if image.opaque is None else [_TRANSPARENT])]
