"""What becomes of colours that are not seen, where two images are compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import ImageColor

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.images.record import Image

_FORMS = "ignore, mask, or blend:COLOUR such as blend:white or blend:#8080ff"


@dataclass(frozen=True, slots=True)
class Blend:
    """Lay images over a colour, as a viewer with that background shows them.

    Attributes
    ----------
    colour
        Red, green and blue, 0 to 255.
    """

    colour: tuple[int, int, int]

    def __str__(self) -> str:
        return "blend:#" + bytes(self.colour).hex()


Transparency = Literal["ignore", "mask"] | Blend
"""``"ignore"``: colours count as they are stored. ``"mask"``: a pixel that is fully transparent
in both images counts as equal. `Blend`: what is seen on that colour counts."""


def parse_transparency(text: str) -> Transparency:
    """Read ``ignore``, ``mask`` or ``blend:COLOUR``; a colour as in CSS, by name or number.

    Parameters
    ----------
    text
        As for the option ``--transparency``.

    Returns
    -------
    Transparency
        ``"ignore"``, ``"mask"`` or a `Blend`.

    Raises
    ------
    ParameterError
        For anything else.

    Examples
    --------
    >>> from percept_adv.images import parse_transparency
    >>> parse_transparency("blend:white")
    Blend(colour=(255, 255, 255))
    """
    if text == "ignore":
        return "ignore"
    if text == "mask":
        return "mask"
    word, _, colour = text.partition(":")
    if word == "blend" and colour:
        try:
            red, green, blue = ImageColor.getrgb(colour)[:3]
        except ValueError:
            raise ParameterError(f"{colour!r} is no colour: take {_FORMS}") from None
        return Blend((red, green, blue))
    raise ParameterError(f"{text!r} says not what to do with transparency: take {_FORMS}")


def as_compared(
    reference: Image, image: Image, transparency: Transparency
) -> tuple[Image, Image, list[str]]:
    """Return two images as they are to be compared, and what the user should know of them.

    Parameters
    ----------
    reference, image
        Images of any kinds; their sizes may differ, which is for others to refuse.
    transparency
        What is done with alpha.

    Returns
    -------
    reference, image, notes
        The notes are on transparency and on colour profiles that differ.

    Examples
    --------
    >>> from percept_adv.images import as_compared, read_image, write_png
    >>> file = folder / "grey.png"
    >>> write_png(file, np.full((2, 2), 0.5))
    >>> first, second, notes = as_compared(read_image(file), read_image(file), "ignore")
    >>> notes
    []
    """
    notes = [*_profile_notes(reference, image), *_alpha_notes(reference, image, transparency)]
    if isinstance(transparency, Blend):
        return _blended(reference, transparency), _blended(image, transparency), notes
    if transparency == "mask":
        image = _with_unseen_equal(reference, image)
    return reference, image, notes


def _profile_notes(reference: Image, image: Image) -> list[str]:
    # Without a profile an image is taken for sRGB by nearly all software.
    first, second = ((one.profile or "sRGB").split()[0] for one in (reference, image))
    if (reference.profile or "sRGB") == (image.profile or "sRGB") or first == second == "sRGB":
        return []
    names = [one.profile or "none" for one in (reference, image)]
    return [f"colour profiles differ ({names[0]} and {names[1]}): values count as they are stored"]


def _alpha_notes(reference: Image, image: Image, transparency: Transparency) -> list[str]:
    if isinstance(transparency, Blend) or reference.samples.shape[:2] != image.samples.shape[:2]:
        return []
    shape = reference.samples.shape[:2]
    first, second = (_alpha(one, shape) for one in (reference, image))
    notes = []
    hidden = int(np.count_nonzero((first == 0) | (second == 0)))
    if hidden and transparency == "ignore":
        notes.append(
            f"the colours of {hidden} transparent pixels count, though nobody sees them: "
            "--transparency mask or blend:white changes that"
        )
    if differing := int(np.count_nonzero(first != second)):
        notes.append(
            f"transparency differs in {differing} pixels, and colours alone are compared: "
            "--transparency blend:white counts what is seen"
        )
    return notes


def _alpha(image: Image, shape: tuple[int, ...]) -> NDArray[Any]:
    alpha = image.alpha_as_float(np.float32)
    return np.ones(shape, np.float32) if alpha is None else alpha


def _with_unseen_equal(reference: Image, image: Image) -> Image:
    """Take the colours of the reference where both images are fully transparent."""
    if reference.alpha is None or image.alpha is None:
        return image
    if reference.samples.shape != image.samples.shape:
        return image
    unseen = (reference.alpha == 0) & (image.alpha == 0)
    if reference.samples.dtype == image.samples.dtype:
        samples, same = image.samples.copy(), reference.samples
    else:
        samples, same = image.pixels, reference.pixels
    samples[unseen] = same[unseen]
    return replace(image, samples=samples)


def _blended(image: Image, blend: Blend) -> Image:
    """Return ``alpha colour + (1 - alpha) background``, at the depth of the image."""
    alpha = image.alpha_as_float(np.float64)
    if alpha is None:
        return image
    background = np.array(blend.colour) / 255
    pixels = image.pixels
    if pixels.ndim == 2:
        if len(set(blend.colour)) == 1:
            background = background[0]
        else:
            pixels = np.repeat(pixels[:, :, np.newaxis], 3, axis=2)
    weight = alpha if pixels.ndim == 2 else alpha[:, :, np.newaxis]
    seen = weight * pixels + (1 - weight) * background
    kind = image.samples.dtype
    if kind.kind == "u":
        seen = np.rint(seen * np.iinfo(kind).max)
    return replace(image, samples=seen.astype(kind), alpha=None)
