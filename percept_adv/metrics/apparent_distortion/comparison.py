"""MAD: the two strategies of seeing, combined.

Larson and Chandler 2010, section 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from percept_adv.errors import ParameterError, ShapeError
from percept_adv.metrics.apparent_distortion.appearance import Analysis, AppearanceReference
from percept_adv.metrics.apparent_distortion.crop import smallest_side
from percept_adv.metrics.apparent_distortion.detection import DetectionReference
from percept_adv.metrics.inputs import (
    compact_grey_levels,
    require_side,
    unit_values,
    usable_image,
)
from percept_adv.metrics.registry import Function, metric

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, DTypeLike, NDArray

Version = Literal["2010", "2011"]

# The program of October 2011 multiplies HI by this; all else is the same.
_DETECTION_FACTOR = {"2010": 1.0, "2011": 200.0}
_EXPONENT_AT_ONE = np.exp(-2.55 / 3.35)
_EXPONENT_SLOPE = 1 / (3.35 * np.log(10))


@dataclass(frozen=True, slots=True)
class MadComponents:
    """MAD and what it is made of; all are 0 for identical images except the exponent.

    Attributes
    ----------
    mad
        ``hi ** exponent * lo ** (1 - exponent)``; lower is better.
    hi
        Visibility of a near-threshold distortion; 0 means that MAD calls it invisible.
    lo
        Change of appearance, which counts where the distortion is plainly visible.
    exponent
        Share of ``hi``, in (0, 1].
    """

    mad: float
    hi: float
    lo: float
    exponent: float


def _combine(hi: float, lo: float) -> MadComponents:
    exponent = float(1 / (1 + _EXPONENT_AT_ONE * hi**_EXPONENT_SLOPE))
    return MadComponents(mad=hi**exponent * lo ** (1 - exponent), hi=hi, lo=lo, exponent=exponent)


class MadReference:
    """A reference image whose statistics serve any number of comparisons.

    Parameters
    ----------
    image : array_like, (H, W) or (H, W, 3)
        8-bit values (the luminance then saturates at level 254, as in the authors'
        table) or floats in [0, 1]. Colour is turned into integer grey levels.
    version : {"2010", "2011"}
        Which of the authors' programs to follow; HI of 2011 is 200 times that of 2010.
        Zhang et al., "Smooth Adversarial Examples", used 2010.
    block_size : int
        Side of the blocks of the local error, and width of the border left out. Even.
    dtype : dtype
        float64, or float32 for speed at about five digits.

    Raises
    ------
    ShapeError
        If the image is smaller than the blocks allow; the message names the least size.
    ImageError
        If the values are neither 8-bit nor finite floats in [0, 1].
    ParameterError
        If the version, block size or dtype does not exist.

    Notes
    -----
    Larson and Chandler, "Most apparent distortion: full-reference image quality
    assessment and the role of strategy", J. Electronic Imaging 19(1) 011006, 2010.
    Sub-bands that vary by less than rounding count as constant.

    Examples
    --------
    >>> from percept_adv.metrics import MadReference
    >>> image = np.random.default_rng(0).random((64, 64))
    >>> MadReference(image).compare(image).mad
    0.0
    """

    def __init__(
        self,
        image: ArrayLike,
        *,
        version: Version = "2010",
        block_size: int = 16,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self._version, self._factor = version, _checked_factor(version)
        self._block_size = _checked_block_size(block_size)
        self._dtype = _checked_dtype(dtype)
        array = usable_image(image, name="the reference")
        require_side(array.shape, smallest_side(block_size), metric=f"MAD (block {block_size})")
        self._eight_bit = array.dtype == np.uint8
        self._image, self._levels = array, compact_grey_levels(array)
        self._detection = DetectionReference(self._levels, self._dtype)
        self._appearance = AppearanceReference(self._levels.astype(self._dtype, copy=False))

    @staticmethod
    def smallest_side(*, block_size: int = 16, **_: Any) -> int:
        """Return the pixels that each side of an image needs.

        Parameters
        ----------
        block_size
            As for the class.
        **_
            Other options of a reference, which change nothing here.

        Returns
        -------
        int
            Pixels.
        """
        return smallest_side(block_size)

    def compare(self, image: ArrayLike) -> MadComponents:
        """Return MAD of ``image`` against this reference.

        Parameters
        ----------
        image : array_like
            Of the reference's shape and kind of values.

        Returns
        -------
        MadComponents
            The score and its parts.

        Raises
        ------
        ShapeError
            If the shape is not the reference's.
        ImageError
            If the values are unusable.

        Notes
        -----
        The luminance saturates where both images are 8-bit; if one of them is of floats, both
        are measured as floats.
        """
        array = self._checked(image)
        if self._eight_bit and array.dtype != np.uint8:
            return self._as_floats.compare(array)
        if not self._eight_bit:
            array = unit_values(array)
        levels = compact_grey_levels(array)
        detected = self._detection.index(self._levels, levels, block_size=self._block_size)
        analysis = Analysis.of(levels.astype(self._dtype, copy=False))
        lo = self._appearance.index(analysis, block_size=self._block_size)
        return _combine(self._factor * detected, lo)

    @cached_property
    def _as_floats(self) -> MadReference:
        """The same reference for images of floats."""
        return MadReference(
            unit_values(self._image),
            version=self._version,
            block_size=self._block_size,
            dtype=self._dtype,
        )

    def _checked(self, image: ArrayLike) -> NDArray[Any]:
        array = usable_image(image, name="the image")
        if array.shape != self._image.shape:
            raise ShapeError(
                f"the image has the shape {array.shape} and the reference {self._image.shape}: "
                "bring both to one size and number of channels"
            )
        return array


def _checked_factor(version: str) -> float:
    if version not in _DETECTION_FACTOR:
        raise ParameterError(f"there is no MAD version {version!r}: choose '2010' or '2011'")
    return _DETECTION_FACTOR[version]


def _checked_block_size(block_size: int) -> int:
    if block_size < 2 or block_size % 2:
        raise ParameterError(f"the block size is {block_size}: give an even number of at least 2")
    return block_size


def _checked_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    chosen = np.dtype(dtype)
    if chosen not in (np.float32, np.float64):
        raise ParameterError(f"MAD is computed in float64 or float32, not {chosen}")
    return chosen


def mad_components(
    reference: ArrayLike,
    image: ArrayLike,
    *,
    version: Version = "2010",
    block_size: int = 16,
    dtype: DTypeLike = np.float64,
) -> MadComponents:
    """Return MAD with its parts: HI of near-threshold and LO of plainly visible distortion.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].
    version
        As for `MadReference`.
    block_size
        As for `MadReference`.
    dtype
        As for `MadReference`.

    Returns
    -------
    MadComponents
        The score and its parts.

    Raises
    ------
    ShapeError, ImageError, ParameterError
        As `MadReference` and `MadReference.compare`.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((64, 64))
    >>> parts = percept_adv.metrics.mad_components(image, image)
    >>> parts.mad, parts.hi, parts.lo
    (0.0, 0.0, 0.0)
    """
    whole = MadReference(reference, version=version, block_size=block_size, dtype=dtype)
    return whole.compare(image)


def _declare(
    name: str, title: str, part: str, summary: str, order: int, **more: Any
) -> Callable[[Function], Function]:
    """Return what declares MAD or one of its parts, which are computed together."""
    return metric(
        name=name,
        title=title,
        part=part,
        summary=summary,
        order=order,
        better="lower",
        range=(0, inf),
        source="Larson and Chandler 2010, program of April 2010",
        smallest_side=smallest_side(16),
        bytes_per_pixel=72,
        prepared=MadReference,
        **more,
    )


@_declare("mad_hi", "HI", "hi", "HI of MAD: visibility near the threshold; 0 makes MAD 0", order=51)
def _hi(reference: ArrayLike, image: ArrayLike) -> float:
    return mad_components(reference, image).hi


@_declare("mad_lo", "LO", "lo", "LO of MAD: change of appearance", order=52)
def _lo(reference: ArrayLike, image: ArrayLike) -> float:
    return mad_components(reference, image).lo


@_declare(
    "mad",
    "MAD",
    "mad",
    "most apparent distortion: HI and LO combined",
    order=50,
    beside=("mad_hi", "mad_lo"),
    uses={"command", "attack", "evaluation", "summary"},
)
def mad(
    reference: ArrayLike,
    image: ArrayLike,
    *,
    version: Version = "2010",
    block_size: int = 16,
    dtype: DTypeLike = np.float64,
) -> float:
    """Return the most apparent distortion (MAD); lower is better, 0 for identical images.

    High-frequency noise below the threshold of detection gives HI = 0 and so MAD = 0: look at
    `mad_components` too. See `MadReference` for the source.

    Parameters
    ----------
    reference, image : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].
    version
        As for `MadReference`.
    block_size
        As for `MadReference`.
    dtype
        As for `MadReference`.

    Returns
    -------
    float
        At least 0; see the page on reading MAD.

    Raises
    ------
    ShapeError, ImageError, ParameterError
        As `MadReference` and `MadReference.compare`.

    Examples
    --------
    >>> image = np.random.default_rng(0).random((64, 64))
    >>> percept_adv.metrics.mad(image, image)
    0.0
    """
    return mad_components(reference, image, version=version, block_size=block_size, dtype=dtype).mad
