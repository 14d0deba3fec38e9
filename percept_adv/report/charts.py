"""Charts inside a page: drawings in the page's own colour of text, with what they show as text."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from markupsafe import Markup

from percept_adv.evaluation import operating_characteristic
from percept_adv.evaluation.pairs import mad_pairs
from percept_adv.evaluation.robustness import NORMS, robustness_curve, show_level, show_norm
from percept_adv.report.figures import (
    draw_characteristics,
    draw_mad_pair,
    draw_robustness,
    save_figure,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from percept_adv.evaluation import AttackOutcomes
    from percept_adv.evaluation.pairs import MadPair
    from percept_adv.evaluation.protocol import Norm

INK = "#010203"
"""Stands for the colour of the page's text, which is another one in dark mode."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with what it says: a title and a sentence."""

    name: str
    title: str
    says: str
    svg: Markup


def draw_chart(
    folder: Path, name: str, title: str, says: str, figure: Callable[..., Figure]
) -> Chart:
    """Write a figure as PNG, and return it as a chart.

    Parameters
    ----------
    folder, name
        Where the file goes, and its name without extension.
    title, says
        What the chart is, and what it shows.
    figure
        Draws it in an ``ink``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    save_figure(figure(), folder / f"{name}.png")
    return Chart(name, title, says, as_svg(figure(ink=INK), salt=name))


def robustness_charts(folder: Path, rows: Sequence[AttackOutcomes]) -> list[Chart]:
    """Write robust accuracy over both distances; see `draw_chart`."""
    return [
        draw_chart(
            folder,
            f"robust_accuracy_{norm}",
            f"Robust accuracy within an {show_norm(norm)} distance",
            describe_curves(rows, norm),
            partial(draw_robustness, rows, norm),
        )
        for norm in NORMS
        if any(one.chosen for one in rows)
    ]


def write_charts(
    folder: Path, outcomes: Sequence[AttackOutcomes], rows: Sequence[AttackOutcomes]
) -> dict[str, list[Chart]]:
    """Write a run's figures as PNG files, and return them as charts for its page, by section.

    Parameters
    ----------
    folder
        Where the files go.
    outcomes, rows
        Of each attack; the same with that of all attacks together.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    paper = []
    if any(one.successes for one in outcomes):
        title = (
            "P(D): share of the attacked images that are fooled at an L2 distortion of at most D"
        )
        curves = partial(draw_characteristics, outcomes)
        told = _characteristics(outcomes)
        paper = [draw_chart(folder, "operating_characteristics", title, told, curves)]
    paper += [
        draw_chart(
            folder,
            f"mad_{pair.second}_{pair.first}",
            f"MAD of {pair.second} against {pair.first}, one point for each image",
            _mad(pair),
            partial(draw_mad_pair, pair),
        )
        for pair in mad_pairs(outcomes)
        if len(pair.first_mad)
    ]
    return {"robust": robustness_charts(folder, rows), "paper": paper}


def as_svg(figure: Figure, *, salt: str) -> Markup:
    """Return a figure as SVG inside a page, its ink in the page's colour of text.

    ``salt`` keeps the names inside apart from those of other drawings; equal figures are equal.
    """
    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    drawing = text.getvalue()
    drawing = drawing[drawing.index("<svg") :].replace(INK, "currentColor")
    # The page says how wide a drawing is; what it shows stands beside it in words.
    drawing = re.sub(r'(<svg [^>]*?)width="[^"]*"', r"\1", drawing, count=1)
    drawing = re.sub(r'(<svg [^>]*?)height="[^"]*"', r"\1", drawing, count=1)
    return Markup(drawing.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S704 (ours)


def describe_curves(outcomes: Sequence[AttackOutcomes], norm: Norm) -> str:
    """Say what robust accuracy does, one part for each attack."""
    return "; ".join(_fall(one, norm) for one in outcomes if one.chosen)


def _fall(outcomes: AttackOutcomes, norm: Norm) -> str:
    distances, shares = robustness_curve(outcomes, norm)
    half = np.flatnonzero(shares <= shares[0] / 2)
    text = f"{outcomes.attack} begins at {100 * shares[0]:.0f} %"
    if shares[0] > 0 and len(half):
        text += f", has halved it at {show_level(norm, float(distances[half[0]]))}"
    if len(shares) > 1:
        text += f" and ends at {100 * shares[-1]:.0f} %"
    return text


def _characteristics(outcomes: Sequence[AttackOutcomes]) -> str:
    parts = []
    for one in outcomes:
        distances, shares = operating_characteristic(one.records)
        if len(distances):
            parts.append(
                f"{one.attack} fools the first image at {distances[0]:.3g} and {shares[-1]:.0%} "
                f"of them by {distances[-1]:.3g}"
            )
    return "; ".join(parts)


def _mad(pair: MadPair) -> str:
    count, ties = len(pair.first_mad), pair.ties
    return (
        f"{pair.second} is seen less than {pair.first} on {round(count * pair.below)} of {count} "
        f"images, equally on {ties} and more on {count - ties - round(count * pair.below)}"
    )
