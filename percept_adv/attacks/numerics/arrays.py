"""Arrays with one row for each image, in whatever namespace of the array API standard they live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Array: TypeAlias = Any
"""An array of the array API standard; its first axis is the batch."""

State: TypeAlias = dict[str, Array]
"""What an attack knows of each image: arrays that share their first axis."""


def namespace(array: Array) -> Any:
    """Return the module of functions that work on an array."""
    return array.__array_namespace__()


def per_image(values: Array, images: Array) -> Array:
    """Return one value an image (B,) in a shape that broadcasts against images (B, ...)."""
    xp = namespace(values)
    return xp.reshape(values, (-1,) + (1,) * (images.ndim - 1))


def stacked(images: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return images as a batch (B, ...): a large one comes alone, and is not copied."""
    return images[0][np.newaxis] if len(images) == 1 else np.stack(images)


def squared_norm(images: Array) -> Array:
    """Return the squared Euclidean norm of each image (B,)."""
    xp = namespace(images)
    return xp.sum(images * images, axis=tuple(range(1, images.ndim)))


def norm(images: Array) -> Array:
    """Return the Euclidean norm of each image (B,)."""
    return namespace(images).sqrt(squared_norm(images))


def largest(images: Array) -> Array:
    """Return the largest absolute value of each image (B,): its Linf norm."""
    xp = namespace(images)
    return xp.max(xp.abs(images), axis=tuple(range(1, images.ndim)))


def absolute_sum(images: Array) -> Array:
    """Return the sum of absolute values of each image (B,): its L1 norm."""
    xp = namespace(images)
    return xp.sum(xp.abs(images), axis=tuple(range(1, images.ndim)))


def inner(first: Array, second: Array) -> Array:
    """Return the inner product of each pair of images (B,)."""
    xp = namespace(first)
    return xp.sum(first * second, axis=tuple(range(1, first.ndim)))


def unit(images: Array) -> Array:
    """Return images over their Euclidean norms; zeros stay zeros."""
    # A sum of squares underflows long before the values do.
    highest = largest(images)
    ones = namespace(images).ones_like(highest)
    scaled = images / per_image(namespace(images).where(highest > 0, highest, ones), images)
    # One value of ``scaled`` is 1, unless all are 0.
    return scaled / per_image(namespace(images).maximum(norm(scaled), ones), images)


def choose(condition: Array, new: State, old: State) -> State:
    """Return the new state for the images where the condition (B,) holds, the old elsewhere."""
    xp = namespace(condition)
    return {
        name: xp.where(per_image(condition, value), value, old[name]) for name, value in new.items()
    }


def take(state: State, rows: Array) -> State:
    """Return the state of some images."""
    return {name: value[rows] for name, value in state.items()}


def join(first: State, second: State) -> State:
    """Return the state of both groups of images."""
    return {name: namespace(value).concat([value, second[name]]) for name, value in first.items()}
