"""From a file that was read to the image that an attack changes, on the grid of 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from percept_adv.errors import ParameterError, ShapeError
from percept_adv.images import from_uint8, read_stored, to_uint8

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from percept_adv.images import Image
    from percept_adv.pipeline import Pipeline

Place = Literal["file", "network"]
"""Where a perturbation lives: in the file as it is sent, or in what the network sees of it."""
PLACES: tuple[Place, ...] = get_args(Place)


def checked_place(at: Place | None, pipeline: Pipeline) -> Place:
    """Return where perturbations live: by default in the file if the pipeline changes the size.

    Raises
    ------
    ParameterError
        If ``at`` is neither of the two.
    """
    if at is None:
        return "file" if pipeline.changes_size else "network"
    if at not in PLACES:
        raise ParameterError(f"at is {at!r}: use one of {', '.join(PLACES)}")
    return at


def fit_image(
    image: Image, pipeline: Pipeline, at: Place = "network"
) -> tuple[NDArray[np.float32], list[str]]:
    """Return an image as an attack takes it, and what was done to it in words.

    Parameters
    ----------
    image
        As read from its file.
    pipeline
        The classifier's.
    at
        ``"file"`` for the image itself, ``"network"`` for what the pipeline's geometry makes of
        it.

    Returns
    -------
    image, notes
        (H, W, C) floats in [0, 1], each a multiple of 1/255, for the original of an attack must
        itself be something that can be stored; and one sentence for each change.

    Raises
    ------
    ShapeError
        If the pipeline does not take an image of that size.

    Examples
    --------
    >>> from percept_adv.classifier import fit_image
    >>> image = percept_adv.images.read_image(digits / "00000.png")
    >>> fitted, notes = fit_image(image, classifier.pipeline)
    >>> fitted.shape, notes
    ((28, 28, 1), [])
    """
    notes = list(image.warnings)
    if image.alpha is not None:
        notes.append("its alpha channel was left out: colours count as they are stored")
    if image.bit_depth != 8:
        notes.append(f"rounded from {image.bit_depth} to 8 bits")
    samples = image.samples
    if samples.dtype != np.uint8:
        samples = to_uint8(image.as_float(np.float32))
    levels = samples if samples.ndim == 3 else samples[..., np.newaxis]
    notes += _colour_notes(levels.shape[2], pipeline.channels)
    try:
        fitted = pipeline.fit(levels)
    except ShapeError as error:
        raise ShapeError(f"{image.path}: {error}") from error
    if at == "file":
        return from_uint8(levels, np.float32), notes
    if fitted.shape[:2] != levels.shape[:2]:
        notes.append(
            f"brought from {levels.shape[0]} x {levels.shape[1]} to {fitted.shape[0]} x "
            f"{fitted.shape[1]} pixels by the pipeline: the result has that size"
        )
    return from_uint8(fitted, np.float32), notes


def read_fitting(
    path: str | os.PathLike[str], pipeline: Pipeline, at: Place
) -> tuple[NDArray[np.float32], list[str]]:
    """Read a file as an attack takes it; see `fit_image`.

    Its EXIF orientation is applied where the pipeline applies it.

    Parameters
    ----------
    path
        An image file.
    pipeline
        The classifier's.
    at
        As for `fit_image`.

    Returns
    -------
    image, notes
        As for `fit_image`.

    Raises
    ------
    ImageError, ShapeError
        If it cannot be read, or the pipeline does not take its size.

    Examples
    --------
    >>> from percept_adv.classifier import read_fitting
    >>> image, notes = read_fitting(digits / "00000.png", classifier.pipeline, "file")
    >>> image.shape
    (28, 28, 1)
    """
    stored = read_stored(path)
    image = stored.upright() if pipeline.applies_orientation else stored
    return fit_image(image, pipeline, at)


def _colour_notes(own: int, wanted: int) -> list[str]:
    if own < wanted:
        return ["grey image given to a colour model: its channel is repeated"]
    if own > wanted:
        return ["colour image given to a grey model: the pipeline converts it"]
    return []
