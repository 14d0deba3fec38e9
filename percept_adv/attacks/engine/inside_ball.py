"""Stored images of attacks that may not leave a ball."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.engine.settling import NearImage
from percept_adv.attacks.numerics.balls import contains
from percept_adv.images import from_uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.numerics.balls import Ball
    from percept_adv.storing import Lattice, Store

_HALVINGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideBall(NearImage):
    """Near the attack's image, inside its ball as far as the lattice allows."""

    ball: Ball

    def among(self, store: Store) -> InsideBall:  # noqa: ARG002
        """Ask the same of all files: the distortion is given, so that none is to be nearest."""
        return self

    def reserve(self, total: int) -> int:  # noqa: ARG002
        """Return 0: an image inside a given distortion seldom ends at its boundary."""
        return 0

    def confined(
        self, lattice: Lattice, original: NDArray[np.floating], coordinates: NDArray[np.int16]
    ) -> NDArray[np.int16]:
        """Go to the nearest image inside, then towards the original until all of it is inside."""
        if self._is_inside(lattice, original, coordinates):
            return coordinates
        image = from_uint8(lattice.decode(coordinates), np.float32)[np.newaxis]
        inside = from_uint8(self.ball.store(original[np.newaxis], image)[0], np.float32)
        change = lattice.locate(inside) - lattice.origin
        low, high, found = 0.0, 1.0, lattice.origin
        share = high
        for _ in range(_HALVINGS):
            tried = lattice.nearest(lattice.origin + share * change)
            if self._is_inside(lattice, original, tried):
                low, found = share, tried
            else:
                high = share
            if low == 1.0:
                break
            share = (low + high) / 2
        return found

    def _is_inside(
        self, lattice: Lattice, original: NDArray[np.floating], coordinates: NDArray[np.int16]
    ) -> bool:
        stored = from_uint8(lattice.decode(coordinates), np.float64)
        return contains(self.ball, original, stored)
