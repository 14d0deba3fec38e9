"""Figures for one run: robust accuracy, the paper's operating characteristics, MAD against MAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from percept_adv.evaluation import operating_characteristic
from percept_adv.evaluation.robustness import ALL_ATTACKS, robustness_curve, show_norm
from percept_adv.images import atomic_write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from percept_adv.evaluation import AttackOutcomes
    from percept_adv.evaluation.pairs import MadPair
    from percept_adv.evaluation.protocol import Norm

_DPI = 150
LINES = ("#3b8ad9", "#e0742a", "#2fa36b", "#c35bb0", "#9a8f1e", "#7a6fe0", "#d9534f", "#1fa3b5")
"""Colours that can be told apart on white and on black."""

STYLES = ("-", "--", "-.", ":")


def draw_characteristics(outcomes: Sequence[AttackOutcomes], *, ink: str = "black") -> Figure:
    """Draw P(D) of all attacks as steps over the distortion D (eq. 21)."""
    figure = Figure(figsize=(5.0, 3.4), layout="constrained")
    axes = figure.add_subplot()
    curves = {one.attack: operating_characteristic(one.records) for one in outcomes}
    farthest = max((float(d[-1]) for d, _ in curves.values() if len(d)), default=1.0) * 1.05
    for i, (attack, (distances, shares)) in enumerate(curves.items()):
        last = shares[-1] if len(shares) else 0.0
        axes.step(
            np.concatenate([[0.0], distances, [farthest]]),
            np.concatenate([[0.0], shares, [last]]),
            where="post",
            label=attack,
            color=LINES[i % len(LINES)],
            linestyle=STYLES[i % len(STYLES)],
        )
    axes.set(xlabel="L2 distortion D, 8 bits", ylabel="P(D)", xlim=(0, farthest), ylim=(0, 1.02))
    dress(axes, ink)
    return figure


def draw_mad_pair(pair: MadPair, *, ink: str = "black") -> Figure:
    """Draw MAD against MAD, one point for each image where both attacks succeed."""
    figure = Figure(figsize=(4.2, 4.0), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(pair.first_mad, pair.second_mad, "o", markersize=4, alpha=0.7, color=LINES[0])
    most = max((float(m.max()) for m in (pair.first_mad, pair.second_mad) if len(m)), default=1.0)
    limits = (-0.02 * most, 1.05 * most) if most > 0 else (-0.02, 1.0)
    axes.plot(limits, limits, color="grey", linewidth=1)
    axes.set(
        xlabel=f"MAD of {pair.first}", ylabel=f"MAD of {pair.second}", xlim=limits, ylim=limits
    )
    axes.set_aspect("equal")
    dress(axes, ink)
    return figure


def draw_robustness(
    outcomes: Sequence[AttackOutcomes], norm: Norm, *, ink: str = "black"
) -> Figure:
    """Draw robust accuracy of each attack over the distance."""
    figure = Figure(figsize=(5.0, 3.4), layout="constrained")
    axes = figure.add_subplot()
    curves = {one.attack: robustness_curve(one, norm) for one in outcomes}
    unit = 255 if norm == "linf" else 1
    farthest = 1.05 * max((float(at[-1]) for at, _ in curves.values() if len(at)), default=1.0)
    for i, (attack, (distances, shares)) in enumerate(curves.items()):
        worst = attack == ALL_ATTACKS
        axes.step(
            unit * np.append(distances, farthest or 1.0),
            np.append(shares, shares[-1] if len(shares) else np.nan),
            where="post",
            label=attack,
            color=ink if worst else LINES[i % len(LINES)],
            linestyle=STYLES[i % len(STYLES)],
            linewidth=2.4 if worst else 1.8,
        )
    in_units = " in steps of 1/255" if norm == "linf" else ""
    axes.set(
        xlabel=f"{show_norm(norm)} distance from the original{in_units}",
        ylabel="images that stay right",
        xlim=(0, unit * (farthest or 1.0)),
        ylim=(0, 1.02),
    )
    axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
    dress(axes, ink)
    return figure


def dress(axes: Axes, ink: str) -> None:
    """Draw everything but the curves in one colour."""
    axes.grid(alpha=0.25, color=ink)
    for spine in axes.spines.values():
        spine.set_color(ink)
        spine.set_alpha(0.5)
    axes.tick_params(colors=ink)
    axes.xaxis.label.set_color(ink)
    axes.yaxis.label.set_color(ink)
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        axes.legend(frameon=False, labelcolor=ink)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole; equal figures give equal files.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with atomic_write(path) as part:
        figure.savefig(part, dpi=_DPI, metadata={"Software": None})
