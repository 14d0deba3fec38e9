"""Wn of the 4 neighbours of a batch, on the two colours of a checkerboard.

Edges join red pixels to black ones only. Each colour of an image, made even by pixels without
edges, is two quarters of it: red is (0, 0) then (1, 1), black is (0, 1) then (1, 0), by the parity
of row and column. The second quarter is stored backwards: then the neighbour in the next 2 x 2
block is at one and the same distance in memory for both quarters, and the neighbours in the same
column are those of the colour read backwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.solvers import red_black_chebyshev

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.numerics.arrays import Array
    from percept_adv.attacks.perceptual.stencil import Stencil

FOUR_NEIGHBOURS = ((0, 1), (1, 0))


@dataclass(frozen=True, slots=True)
class Checkerboard:
    """2 Wn (eq. 6) of the images of a batch, 4 neighbours.

    Attributes
    ----------
    to_red, to_black
        Four arrays (B, 1, n), or (B, C, n) where each channel has its graph, n the pixels of a
        colour: the weights of the neighbours in the same row and 2 x 2 block, in the same row and
        the next block, in the same column and block, in the same column and the next block.
    """

    to_red: tuple[Array, ...]
    to_black: tuple[Array, ...]

    @classmethod
    def of(cls, stencil: Stencil) -> Checkerboard:
        """Return the weights of a stencil of 4 neighbours by colours."""
        right, down = (2 * weight for weight in stencil.weights)
        left, up = np.roll(right, 1, axis=2), np.roll(down, 1, axis=1)
        # The neighbour in a pixel's own block is the right one of a red pixel in an even row.
        own, next_block = _by_rows(right, left), _by_rows(left, right)
        below, above = _by_rows(down, up), _by_rows(up, down)
        red = (split(weight)[0] for weight in (own, next_block, below, above))
        black = (split(weight)[1] for weight in (next_block, own, below, above))
        return cls(tuple(red), tuple(black))

    def solve(self, rhs: Array, *, alpha: float, steps: int, start: Array) -> Array:
        """Return L_alpha^-1 rhs for each image, (B, H, W, C), by Chebyshev steps."""
        right_side, guess = split(rhs), split(start)[0]
        # Two blocks in the same column are a row of blocks apart in memory.
        row = (rhs.shape[2] + 1) // 2
        edge = namespace(guess).zeros_like(guess[:, :, :row])
        solution = red_black_chebyshev(
            lambda black: _gathered(self.to_red, black, edge, beside=-1),
            lambda red: _gathered(self.to_black, red, edge, beside=1),
            right_side,
            alpha=alpha,
            steps=steps,
            start=guess,
        )
        return joined(*solution, shape=rhs.shape)

    def take(self, rows: NDArray[np.intp]) -> Checkerboard:
        """Return those of some images."""
        red, black = (tuple(each[rows] for each in own) for own in (self.to_red, self.to_black))
        return Checkerboard(red, black)

    def join(self, other: Checkerboard) -> Checkerboard:
        """Return those of both groups of images."""
        pairs = (self.to_red, other.to_red), (self.to_black, other.to_black)
        red, black = (tuple(map(np.concatenate, zip(*pair, strict=True))) for pair in pairs)
        return Checkerboard(red, black)


def _by_rows(even: NDArray[np.floating], odd: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the even rows of one batch (B, H, W, C) and the odd rows of another."""
    mixed = even.copy()
    mixed[:, 1::2] = odd[:, 1::2]
    return mixed


def _gathered(weights: tuple[Array, ...], x: Array, edge: Array, *, beside: int) -> Array:
    """Return the weighted sums of the neighbours, for the colour that x (B, C, n) is not.

    The weight of a neighbour outside the image is 0, so it does not matter what is read there.
    """
    row, count = edge.shape[2], x.shape[2]
    padded = namespace(x).concat([edge, x, edge], axis=2)
    own, next_block, below, above = weights
    total = own * x + next_block * padded[:, :, row + beside : row + beside + count]
    # Backwards: from the last pixel of x, and from a row behind it.
    total = total + below * padded[:, :, row + count - 1 : row - 1 : -1]
    return total + above * padded[:, :, : 2 * row - 1 : -1]


def split(x: Array) -> tuple[Array, Array]:
    """Return the red and the black pixels (B, C, n) of images (B, H, W, C)."""
    xp = namespace(x)
    batch, height, width, channels = x.shape
    x = xp.permute_dims(x, (0, 3, 1, 2))
    if height % 2:
        x = xp.concat([x, xp.zeros_like(x[:, :, :1, :])], axis=2)
    if width % 2:
        x = xp.concat([x, xp.zeros_like(x[:, :, :, :1])], axis=3)
    rows, columns = x.shape[2] // 2, x.shape[3] // 2
    blocks = xp.reshape(x, (batch, channels, rows, 2, columns, 2))

    def quarter(row: int, column: int) -> Array:
        return xp.reshape(blocks[:, :, :, row, :, column], (batch, channels, rows * columns))

    red = xp.concat([quarter(0, 0), quarter(1, 1)[:, :, ::-1]], axis=2)
    black = xp.concat([quarter(0, 1), quarter(1, 0)[:, :, ::-1]], axis=2)
    return red, black


def joined(red: Array, black: Array, *, shape: tuple[int, ...]) -> Array:
    """Return the images (B, H, W, C) of two colours."""
    xp = namespace(red)
    batch, height, width, channels = shape
    rows, columns = (height + 1) // 2, (width + 1) // 2

    def quarters(colour: Array) -> tuple[Array, Array]:
        count = rows * columns
        forwards, backwards = colour[:, :, :count], colour[:, :, count:][:, :, ::-1]
        blocks = (batch, channels, rows, columns)
        return xp.reshape(forwards, blocks), xp.reshape(backwards, blocks)

    (even_red, odd_red), (even_black, odd_black) = quarters(red), quarters(black)
    even = xp.stack([even_red, even_black], axis=4)
    odd = xp.stack([odd_black, odd_red], axis=4)
    whole = xp.stack([even, odd], axis=3)
    whole = xp.reshape(whole, (batch, channels, 2 * rows, 2 * columns))
    return xp.permute_dims(whole[:, :, :height, :width], (0, 2, 3, 1))
