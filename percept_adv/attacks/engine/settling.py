"""How the image that an attack has found becomes one that can be stored.

Each attack says where the stored image has to be near, and when it is good enough; the search on
the lattice is the same for all: `percept_adv.attacks.engine.lattice_search`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.storing import Lattice, Store


_WORTH_WHILE = 20
"""Gradients on the lattice beyond which the distance hardly falls."""


class Settling(Protocol):
    """What an attack asks of its stored image."""

    @property
    def rounds(self) -> int:
        """The most gradients that are spent on it where there is no budget."""

    def among(self, store: Store) -> Settling:
        """Return what is asked of files of one kind."""

    @property
    def asks_gradients(self) -> bool:
        """Whether the search follows gradients; else the change itself, further on."""

    def reserve(self, total: int) -> int:
        """Return how many gradients of a budget the walk leaves for it."""

    def anchor(
        self, original: NDArray[np.floating], image: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """Return what the stored image is to be near, (H, W, C) in [0, 1]."""

    def is_enough(self, *, success: bool) -> bool:
        """Whether a stored image is taken as it is, with gradients left."""

    def confined(
        self, lattice: Lattice, original: NDArray[np.floating], coordinates: NDArray[np.int16]
    ) -> NDArray[np.int16]:
        """Return coordinates whose image is where the attack has to stay."""


@dataclass(frozen=True, slots=True)
class LeastDistance:
    """Least L2 distance from the original, among what can be stored.

    Rounding may double a perturbation of least distance, so that the search begins again on the
    lattice; the attack's image is where its first gradient is taken.
    """

    rounds: int = 12
    asks_gradients: bool = True

    def among(self, store: Store) -> Settling:  # noqa: ARG002
        """Ask the same of all files."""
        return self

    def reserve(self, total: int) -> int:
        """Return a fifth, as far as rounds bring something."""
        return min(_WORTH_WHILE, total // 5)

    def anchor(
        self,
        original: NDArray[np.floating],
        image: NDArray[np.floating],  # noqa: ARG002
    ) -> NDArray[np.floating]:
        """Return the original."""
        return original

    def is_enough(self, *, success: bool) -> bool:  # noqa: ARG002
        """Take a success as the next place to look from."""
        return False

    def confined(
        self,
        lattice: Lattice,  # noqa: ARG002
        original: NDArray[np.floating],  # noqa: ARG002
        coordinates: NDArray[np.int16],
    ) -> NDArray[np.int16]:
        """Stay anywhere."""
        return coordinates


@dataclass(frozen=True, slots=True)
class NearestToImage(LeastDistance):
    """As near as possible to the attack's image: what it minimises is not L2, or not only."""

    rounds: int = 8

    def anchor(
        self,
        original: NDArray[np.floating],  # noqa: ARG002
        image: NDArray[np.floating],
    ) -> NDArray[np.floating]:
        """Return the attack's image."""
        return image


@dataclass(frozen=True, slots=True)
class NearImage(NearestToImage):
    """Near the attack's image: the first success, where rounding moves it by little.

    In coarse files rounding may undo the attack, so that its gradient says little about where to
    go from there: the search then goes on as long as it brings something.
    """

    def among(self, store: Store) -> Settling:
        """Ask for the nearest among coarse files."""
        return NearestToImage(self.rounds, self.asks_gradients) if store.is_coarse else self

    def reserve(self, total: int) -> int:
        """Return two, but no more than one in twenty: most images need one."""
        return min(2, total // 20)

    def is_enough(self, *, success: bool) -> bool:
        """Take the first success."""
        return success


def least_or_near(distance: str) -> Settling:
    """Return what an attack asks that minimises a distance of this name: the search knows L2."""
    return LeastDistance() if distance == "l2" else NearImage()
