"""Arrays with one row for each image, in whatever namespace of the array API standard they live."""

from __future__ import annotations

from typing import Any, TypeAlias

Array: TypeAlias = Any
"""An array of the array API standard; its first axis is the batch."""

State: TypeAlias = dict[str, Array]
"""What an attack knows of each image: arrays that share their first axis."""


def namespace(array: Array) -> Any:
    """Return the module of functions that work on an array."""
    return array.__array_namespace__()


def per_image(values: Array, images: Array) -> Array:
    """Return one value an image (B,) in a shape that broadcasts against images (B, ...)."""
    xp = namespace(images)
    return xp.reshape(values, (-1,) + (1,) * (images.ndim - 1))


def squared_norm(images: Array) -> Array:
    """Return the squared Euclidean norm of each image (B,)."""
    xp = namespace(images)
    return xp.sum(images * images, axis=tuple(range(1, images.ndim)))


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
