"""The transformations by name, and how they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.errors import ParameterError
from percept_adv.transformations.bilateral import BilaterallyFiltered
from percept_adv.transformations.blur import Blurred
from percept_adv.transformations.jpeg import SavedAsJpeg
from percept_adv.transformations.resize import Resized

if TYPE_CHECKING:
    from percept_adv.transformations.transformation import Transformation

KINDS: dict[str, type[Transformation]] = {
    one.kind: one for one in (SavedAsJpeg, Resized, Blurred, BilaterallyFiltered)
}


def parse_transformation(text: str) -> Transformation:
    """Return one transformation, such as ``"jpeg:75"``.

    Parameters
    ----------
    text
        A kind, then a colon and its numbers.

    Returns
    -------
    Transformation
        The one that the text names.

    Raises
    ------
    ParameterError
        If its kind is unknown or its numbers do not fit it.

    Examples
    --------
    >>> parse_transformation("blur:1.5")
    Blurred(sigma=1.5)
    """
    kind, _, rest = text.strip().partition(":")
    if kind not in KINDS:
        known = "; ".join(one.usage for one in KINDS.values())
        raise ParameterError(f"unknown transformation {text.strip()!r}: give {known}")
    return KINDS[kind].read(rest.split(":") if rest else [])


def parse_transformations(text: str) -> tuple[Transformation, ...]:
    """Return several, such as ``"jpeg:75,blur:1"``, each once.

    Parameters
    ----------
    text
        As for `parse_transformation`, with commas.

    Returns
    -------
    tuple of Transformation
        In the order of the text.

    Raises
    ------
    ParameterError
        As for `parse_transformation`.

    Examples
    --------
    >>> from percept_adv.transformations import parse_transformations
    >>> len(parse_transformations("jpeg:75,blur:1"))
    2
    """
    found = [parse_transformation(part) for part in text.split(",")]
    return tuple({one.name: one for one in found}.values())
