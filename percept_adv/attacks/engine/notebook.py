"""What a notebook shows of an attack: its results as a table, and its progress."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.images import encode_png

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.result import AttackResult, ImageResult, StepInfo

_SHOWN, _SIDE = 12, 96
_GAIN = 10.0


def result_table(result: AttackResult) -> str:
    """Return the first images of a result as HTML: original, as stored, difference, figures."""
    rows = "".join(_row(item) for item in result.items[:_SHOWN])
    left = len(result.items) - _SHOWN
    more = f"<p>and {left} more</p>" if left > 0 else ""
    heads = ("image", "original", "as stored", f"difference x {_GAIN:g}", "class", "L2", "Linf")
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<p>{escape(repr(result)[1:-1])}</p><table><tr>{head}</tr>{rows}</table>{more}"


def _row(item: ImageResult) -> str:
    pictures = (item.original, item.stored, np.clip(0.5 + _GAIN * item.perturbation, 0, 1))
    cells = [
        str(item.index),
        *map(_picture, pictures),
        escape(f"{item.label_before} -> {item.label_after}"),
        f"{item.stored_l2:.3f}",
        f"{item.stored_linf:.4f}",
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _picture(pixels: NDArray[np.generic]) -> str:
    # Every n-th pixel is enough for a thumbnail, and keeps a notebook small.
    step = max(1, min(pixels.shape[:2]) // _SIDE)
    data = b64encode(encode_png(pixels[::step, ::step])).decode("ascii")
    return f'<img height="{_SIDE}" src="data:image/png;base64,{data}">'


class ProgressBar:
    """A bar for the callback of an attack, in a notebook or a terminal.

    Parameters
    ----------
    count : int
        The number of images that are attacked.
    description : str
        What stands before it.

    Examples
    --------
    >>> with ProgressBar(len(images)) as bar:  # doctest: +SKIP
    ...     attacks.cw(classifier, images, labels, callback=bar)
    """

    def __init__(self, count: int, description: str = "") -> None:
        from tqdm.auto import tqdm  # noqa: PLC0415 (in a notebook it loads its widgets)

        self._bar = tqdm(
            total=count,
            desc=description or None,
            bar_format="{desc}{percentage:3.0f}%|{bar}| [{elapsed}<{remaining}{postfix}]",
        )

    def __call__(self, step: StepInfo) -> None:
        """Show a step; images that are misclassified already are not waited for."""
        done = min(step.finished + step.done, self._bar.total)
        self._bar.set_postfix_str(f"{step.finished} finished", refresh=False)
        self._bar.update(max(done - self._bar.n, 0))

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *raised: object) -> None:
        """Leave the bar as it is: at the end, unless something was raised."""
        if raised[0] is None:
            self._bar.update(self._bar.total - self._bar.n)
        self._bar.close()
