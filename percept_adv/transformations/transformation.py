"""What a transformation is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class Transformation(Protocol):
    """Something that is done to an image (H, W, C) in [0, 1] and leaves its size as it is.

    Attributes
    ----------
    kind
        As on the command line, such as ``"jpeg"``.
    usage
        The kind with what may stand behind it, and what it does, in one line.
    """

    kind: ClassVar[str]
    usage: ClassVar[str]

    @classmethod
    def read(cls, values: Sequence[str]) -> Transformation:
        """Return the transformation of the values that stand behind the colon.

        Parameters
        ----------
        values
            Such as ``["75"]`` of ``jpeg:75``.

        Returns
        -------
        Transformation
            The one of these values.

        Raises
        ------
        ParameterError
            If there are too many or too few, or one is out of its range.
        """

    @property
    def name(self) -> str:
        """As it is given on the command line."""

    def apply(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the transformed image, (H, W, C) in [0, 1].

        Parameters
        ----------
        image
            (H, W, C) in [0, 1].

        Returns
        -------
        ndarray of float32
            (H, W, C).
        """

    def pull_back(
        self, image: NDArray[np.floating], gradient: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return a gradient by the transformed image as one by the image.

        It is that of the transformation's linear part at the image; rounding is passed over.

        Parameters
        ----------
        image
            Where the transformation was applied.
        gradient
            (H, W, C).

        Returns
        -------
        ndarray of float32
            (H, W, C).
        """
