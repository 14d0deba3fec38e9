"""A pipeline in front of a network as array code: what a step that is one graph has of it.

The deployed code (Pillow, OpenCV) is no graph. Its affine form is, with 8 bits where it has them:
as a rule it gives the same samples or the next level. It steers, and judges while an attack walks;
what is stored is judged by the deployed code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.pipeline import Affine

_LEVELS = 255


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPipeline:
    """Images (B, H, W, C) to images at the network (B, h, w, c), and gradients back.

    Attributes
    ----------
    rows, columns
        (h, H) and (w, W).
    channels
        (c, C).
    offset
        Broadcasts to (h, w, c).
    rounds_between, rounds
        Whether the pipeline has 8 bits between its resize of columns and that of rows, as Pillow
        does, and at the end.
    """

    rows: NDArray[np.float32]
    columns: NDArray[np.float32]
    channels: NDArray[np.float32]
    offset: NDArray[np.float32]
    rounds_between: bool = False
    rounds: bool = False

    @classmethod
    def of(
        cls, form: Affine, images: NDArray[np.floating], at_network: NDArray[np.floating]
    ) -> ArrayPipeline:
        """Return the array code of an affine form, rounding where examples of both ends show it."""
        exact = cls(
            form.rows.toarray().astype(np.float32),
            form.columns.toarray().astype(np.float32),
            form.channels.astype(np.float32),
            # Geometry counts in levels: a fill is one.
            (form.offset / _LEVELS).astype(np.float32),
        )
        once = replace(exact, rounds=True)
        forms = (exact, once, replace(once, rounds_between=True))
        return min(forms, key=lambda form: float(np.abs(form.forward(images) - at_network).mean()))

    def forward(self, images: Any) -> Any:
        """Return the images at the network, in [0, 1]; files hold 8 bits."""
        xp = images.__array_namespace__()
        wide = _along_columns(_stored(images), self.columns)
        tall = _along_rows(_stored(wide) if self.rounds_between else wide, self.rows)
        values = _across(tall, self.channels) + self.offset
        return xp.clip(_stored(values) if self.rounds else values, 0, 1)

    def adjoint(self, gradient: Any) -> Any:
        """Return the gradient by the images from that by the images at the network.

        Rounding counts as the identity.
        """
        tall = _along_rows(_across(gradient, self.channels.T), self.rows.T)
        return _along_columns(tall, self.columns.T)


def _stored(images: Any) -> Any:
    """Return images in 8 bits."""
    return images.__array_namespace__().round(images * _LEVELS) / _LEVELS


def _along_rows(images: Any, matrix: NDArray[np.float32]) -> Any:
    xp = images.__array_namespace__()
    count, height, width, depth = images.shape
    flat = xp.reshape(images, (count, height, width * depth))
    return xp.reshape(xp.matmul(matrix, flat), (count, len(matrix), width, depth))


def _along_columns(images: Any, matrix: NDArray[np.float32]) -> Any:
    xp = images.__array_namespace__()
    moved = xp.matmul(xp.permute_dims(images, (0, 1, 3, 2)), matrix.T)
    return xp.permute_dims(moved, (0, 1, 3, 2))


def _across(images: Any, matrix: NDArray[np.float32]) -> Any:
    if np.array_equal(matrix, np.eye(len(matrix), matrix.shape[1])):
        return images
    return images.__array_namespace__().matmul(images, matrix.T)
