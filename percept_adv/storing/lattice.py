"""What can be stored in place of an image: a grid of integer coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.storing.regions import Regions


class Lattice(Protocol):
    """All files of one kind that can take the place of one image.

    Near the original, decoding is an affine map A of the coordinates k, except for rounding and
    for values that leave the range of 8 bits. `pull_back` is the exact adjoint of A.

    Attributes
    ----------
    original
        (H, W, C) of uint8: what the unchanged file decodes to.
    origin
        (n,) of int16: the coordinates of the original.
    steps
        (n,) of float32: the L2 norm, in values of [0, 1], of one step along each coordinate.
    regions
        Parts of the picture that change as a whole; None where each sample changes by itself.
    """

    @property
    def original(self) -> NDArray[np.uint8]:
        """What the unchanged file decodes to."""

    @property
    def origin(self) -> NDArray[np.int16]:
        """The coordinates of the original."""

    @property
    def steps(self) -> NDArray[np.float32]:
        """The norm of one step along each coordinate."""

    @property
    def regions(self) -> Regions | None:
        """Parts of the picture that change as a whole."""

    def locate(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the coordinates (n,), not rounded, of an image (H, W, C) in [0, 1].

        Parameters
        ----------
        image
            (H, W, C) in [0, 1].

        Returns
        -------
        ndarray of float32
            (n,).
        """

    def pull_back(self, gradient: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return A^T g (n,): a gradient (H, W, C) by values in [0, 1], by the coordinates.

        Parameters
        ----------
        gradient
            (H, W, C), by values in [0, 1].

        Returns
        -------
        ndarray of float32
            (n,).
        """

    def movable(self, allowed: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which coordinates (n,) change no pixel outside ``allowed`` (H, W), of bool.

        Parameters
        ----------
        allowed
            (H, W) of bool.

        Returns
        -------
        ndarray of bool
            (n,).
        """

    def nearest(self, coordinates: NDArray[np.floating]) -> NDArray[np.int16]:
        """Round coordinates (n,) to some that can be stored.

        Parameters
        ----------
        coordinates
            (n,), not rounded.

        Returns
        -------
        ndarray of int16
            (n,).
        """

    def decode(self, coordinates: NDArray[np.int16]) -> NDArray[np.uint8]:
        """Return what the file of these coordinates decodes to, (H, W, C).

        Parameters
        ----------
        coordinates
            (n,), as `nearest` returns them.

        Returns
        -------
        ndarray of uint8
            (H, W, C).
        """

    def encode(self, coordinates: NDArray[np.int16]) -> bytes:
        """Return the file.

        Parameters
        ----------
        coordinates
            (n,), as `nearest` returns them.

        Returns
        -------
        bytes
            The file's content.
        """


class Store(Protocol):
    """A kind of file.

    Attributes
    ----------
    suffix
        Of its files, such as ``".png"``.
    is_coarse
        Whether rounding may undo a change that is small at each sample.
    """

    @property
    def suffix(self) -> str:
        """Of its files."""

    @property
    def is_coarse(self) -> bool:
        """Whether rounding may undo a change that is small at each sample."""

    def begin(self, image: NDArray[np.floating]) -> tuple[NDArray[np.float32], Store]:
        """Return what stands for an image (H, W, C) in [0, 1] when it is stored unchanged.

        And the store whose lattice around that begins at the same file: compressing what was
        compressed once already need not give the same file again.

        Parameters
        ----------
        image
            (H, W, C) in [0, 1].

        Returns
        -------
        image, store
            What the unchanged file decodes to, and the store to go on with.
        """

    def lattice(self, image: NDArray[np.floating]) -> Lattice:
        """Return what can be stored in place of an image (H, W, C) in [0, 1].

        Parameters
        ----------
        image
            (H, W, C) in [0, 1].

        Returns
        -------
        Lattice
            Around the image.
        """
