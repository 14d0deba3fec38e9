"""What a view of an image is: a computation, and how its values become grey levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class View:
    """One way of looking at an image.

    Attributes
    ----------
    name, title
        For the command line and for people.
    shows
        One sentence: what it shows, and what it cannot show.
    compute
        From an image ``(H, W)`` or ``(H, W, 3)`` in [0, 1], float32, to values of the same
        height and width, of as many channels or one.
    signed
        Whether the values lie around 0, which is then shown as mid-grey.
    scale
        What values are multiplied by at gain 1.
    """

    name: str
    title: str
    shows: str
    compute: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    signed: bool
    scale: float = 1.0

    def shade(self, values: NDArray[Any], gain: float = 1.0) -> NDArray[Any]:
        """Return grey levels in [0, 1]: mid-grey or black for 0, by the view's scale and a gain.

        Parameters
        ----------
        values
            What ``compute`` returned.
        gain
            Multiplies the values.

        Returns
        -------
        ndarray
            The shape of ``values``.
        """
        return shade(values, self.scale * gain, signed=self.signed)


def shade(values: NDArray[Any], factor: float, *, signed: bool) -> NDArray[Any]:
    """Return ``factor * values``, from mid-grey where they are signed, clipped to [0, 1].

    Parameters
    ----------
    values
        Of any shape.
    factor
        What the values are multiplied by.
    signed
        Whether 0 becomes mid-grey; otherwise it is black.

    Returns
    -------
    ndarray
        The shape of ``values``, in [0, 1].

    Examples
    --------
    >>> from percept_adv.views import shade
    >>> shade(np.array([-0.25, 0.0, 0.25]), 1.0, signed=True)
    array([0.25, 0.5 , 0.75])
    """
    shown = values * np.float32(factor)
    if signed:
        shown += np.float32(0.5)
    return np.clip(shown, 0, 1, out=shown)
