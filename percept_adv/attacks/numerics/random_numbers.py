"""Random numbers that are pure functions of a seed: the same in any batch, order or process.

Each number is a hash of its image's seed, of which draw it belongs to, and of its position;
nothing is remembered from one number to the next.
"""

from __future__ import annotations

from hashlib import blake2b
from math import pi, prod
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.numerics.arrays import namespace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.numerics.arrays import Array

_BITS = 24
"""Of each number: as many as float32 holds."""


def image_seeds(originals: NDArray[np.floating], seed: int) -> NDArray[np.uint32]:
    """Return a seed for each image (B,), which depends on ``seed`` and the image alone."""
    digests = [
        blake2b(np.ascontiguousarray(image).tobytes(), digest_size=4, key=str(seed).encode())
        for image in originals
    ]
    return np.array([int.from_bytes(digest.digest(), "little") for digest in digests], np.uint32)


def uniform(seeds: Array, draw: Array, like: Array) -> Array:
    """Return numbers in (0, 1) of the shape and type of ``like`` (B, ...).

    ``seeds`` (B,) of uint32 are those of the images; ``draw`` (B,) tells several draws for one
    image from each other.
    """
    xp = namespace(seeds)
    shape = like.shape[1:]
    key = _scrambled(seeds + _scrambled(xp.astype(draw, seeds.dtype) + 0x9E3779B9))
    position = xp.arange(prod(shape), dtype=seeds.dtype)
    hashed = _scrambled(_scrambled(position)[None, :] + key[:, None])
    numbers = xp.astype(hashed >> (32 - _BITS), like.dtype)
    return xp.reshape((numbers + 0.5) / 2**_BITS, (seeds.shape[0], *shape))


def normal(seeds: Array, draw: Array, like: Array) -> Array:
    """Return standard normal numbers (Box and Muller, 1958); arguments as for `uniform`."""
    xp = namespace(like)
    radius = xp.sqrt(-2 * xp.log(uniform(seeds, 2 * draw, like)))
    return radius * xp.cos(2 * pi * uniform(seeds, 2 * draw + 1, like))


def _scrambled(words: Array) -> Array:
    """Return a hash of each 32-bit word: the finaliser of MurmurHash3."""
    words = (words ^ (words >> 16)) * 0x85EBCA6B
    words = (words ^ (words >> 13)) * 0xC2B2AE35
    return words ^ (words >> 16)
