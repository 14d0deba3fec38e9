"""The paper's figures for one run: operating characteristics, and MAD against MAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from percept_adv.evaluation import operating_characteristic
from percept_adv.images import atomic_write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from percept_adv.evaluation import AttackOutcomes
    from percept_adv.evaluation.pairs import MadPair

_DPI = 110


def draw_characteristics(outcomes: Sequence[AttackOutcomes]) -> Figure:
    """Draw P(D) of all attacks as steps over the distortion D (eq. 21)."""
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.add_subplot()
    curves = {one.attack: operating_characteristic(one.records) for one in outcomes}
    farthest = max((float(d[-1]) for d, _ in curves.values() if len(d)), default=1.0) * 1.05
    for attack, (distances, shares) in curves.items():
        last = shares[-1] if len(shares) else 0.0
        axes.step(
            np.concatenate([[0.0], distances, [farthest]]),
            np.concatenate([[0.0], shares, [last]]),
            where="post",
            label=attack,
        )
    axes.set(xlabel="L2 distortion D, 8 bits", ylabel="P(D)", xlim=(0, farthest), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    if curves:
        axes.legend()
    return figure


def draw_mad_pair(pair: MadPair) -> Figure:
    """Draw MAD against MAD, one point for each image where both attacks succeed."""
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(pair.first_mad, pair.second_mad, "o", markersize=3, alpha=0.6)
    most = max((float(m.max()) for m in (pair.first_mad, pair.second_mad) if len(m)), default=1.0)
    limits = (-0.02 * most, 1.05 * most) if most > 0 else (-0.02, 1.0)
    axes.plot(limits, limits, color="grey", linewidth=1)
    axes.set(
        xlabel=f"MAD of {pair.first}", ylabel=f"MAD of {pair.second}", xlim=limits, ylim=limits
    )
    axes.set_aspect("equal")
    axes.grid(alpha=0.3)
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole; equal figures give equal files.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with atomic_write(path) as part:
        figure.savefig(part, dpi=_DPI, metadata={"Software": None})
