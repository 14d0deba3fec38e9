"""The options of ``percept-adv smooth``: how to smooth, and what model to fool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from percept_adv_cli.shared.attack_names import SOLVERS
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.labels import class_options
from percept_adv_cli.shared.numbers import NUMBER, POSITIVE, Number
from percept_adv_cli.shared.options import together


class _Smoothing(Number):
    """A number; what is called alpha elsewhere is told apart."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a number, or say which option is meant."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                f"{value!r} is no number: --alpha is how much to smooth; what is done with an "
                "alpha channel is --transparency ignore, mask or blend:COLOUR",
                param,
                ctx,
            )


smoothing_options = together(
    click.option(
        "--alpha",
        type=_Smoothing(),
        help="How much to smooth: 0 not at all, 1 (excluded) the most. By default 0.997. "
        "With --model, for each image, the one of 0.5, 0.8, 0.9, 0.95 and 0.997 whose "
        "result has the least L2.",
    ),
    click.option(
        "--lam",
        type=NUMBER,
        default=10.0,
        show_default=True,
        help="How much an edge stops the smoothing; see --kernel.",
    ),
    click.option(
        "--kernel",
        type=click.Choice(["laplacian", "gaussian"]),
        default="laplacian",
        show_default=True,
        help="Weight of two neighbours whose colours have the distance d: exp(-lam d) or "
        "exp(-lam d^2).",
    ),
    click.option(
        "--neighbours",
        type=NUMBER,
        default=4,
        show_default=True,
        help="Neighbours of a pixel: 4, 8, or all within this radius.",
    ),
    click.option(
        "--channels",
        type=click.Choice(["joint", "per_channel"]),
        default="joint",
        show_default=True,
        help="One graph for all channels, or one for each.",
    ),
    click.option(
        "--method",
        type=click.Choice(SOLVERS),
        default="auto",
        show_default=True,
        help="Solver; auto takes the fastest for the graph.",
    ),
    click.option(
        "--tol",
        type=NUMBER,
        default=1e-6,
        show_default=True,
        help="Relative residual at which the solver stops.",
    ),
    click.option(
        "--mask",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="An image of the size of the originals: smoothing stays where it is not black, and "
        "nothing changes elsewhere.",
    ),
)
"""Add ``--alpha``, the options of the smoother, and ``--mask``."""


search_options = together(
    click.option(
        "--model",
        metavar="MODEL",
        shell_complete=complete_model,
        help="Scale the result down until this model is only just fooled: an .onnx file or "
        "the name of a bundled model.",
    ),
    click.option(
        "--label",
        metavar="CLASS",
        help="The right class, by number (from 0) or name; by default what the model makes "
        "of the original.",
    ),
    class_options,
    click.option(
        "--max-scale",
        type=POSITIVE,
        default=100.0,
        show_default=True,
        help="The largest scale that --model tries.",
    ),
)
"""Add ``--model``, ``--label`` with the names of classes, and ``--max-scale``."""
