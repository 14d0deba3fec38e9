"""Decisions as they are written on a command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

from percept_adv.decisions.argmax import argmax
from percept_adv.decisions.binary import binary
from percept_adv.decisions.embedding import embedding
from percept_adv.decisions.multilabel import multilabel
from percept_adv.decisions.topk import topk
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.decisions.decision import Decision

Number = TypeVar("Number", int, float)

Embed = Callable[[], "NDArray[np.floating]"]
"""Gives the model's embedding of the reference image."""

KINDS = {
    "argmax": "the class with the highest score",
    "topk:K": "the K classes with the highest scores",
    "binary[:THRESHOLD]": "one output; class 1 where its probability is above THRESHOLD (0.5)",
    "multilabel[:THRESHOLD]": "each label is on where its probability is above THRESHOLD (0.5)",
    "embedding:cosine|l2:THRESHOLD": "does the image match a reference image?",
}
"""How each decision is written, and what it decides."""


def parse_decision(text: str, embed: Embed | None = None) -> Decision:
    """Return a decision from its name and arguments, such as ``"topk:5"``.

    Parameters
    ----------
    text : str
        One of `KINDS`.
    embed : callable, optional
        Called for the reference's embedding where the decision compares with one.

    Returns
    -------
    Decision
        What the text says.

    Raises
    ------
    ParameterError
        If the decision is unknown, its argument cannot be used, or a reference is missing.

    Examples
    --------
    >>> parse_decision("topk:3").name
    'topk:3'
    """
    kind, *arguments = text.strip().lower().split(":")
    if kind == "argmax" and not arguments:
        return argmax()
    if kind == "topk" and len(arguments) == 1:
        return topk(_number(text, arguments[0], int))
    if kind in ("binary", "multilabel") and len(arguments) <= 1:
        make = binary if kind == "binary" else multilabel
        return make(*(_number(text, argument, float) for argument in arguments))
    if kind == "embedding" and len(arguments) == 2:
        return _embedding(text, arguments, embed)
    raise ParameterError(f"decision {text!r}: use {', '.join(KINDS)}")


def _embedding(text: str, arguments: list[str], embed: Embed | None) -> Decision:
    measure: Literal["cosine", "l2"]
    if arguments[0] == "cosine":
        measure = "cosine"
    elif arguments[0] == "l2":
        measure = "l2"
    else:
        raise ParameterError(f"decision {text!r}: compare by cosine or by l2")
    threshold = _number(text, arguments[1], float)
    if embed is None:
        raise ParameterError(f"decision {text!r} compares with a reference image: give --reference")
    return embedding(embed(), threshold=threshold, measure=measure)


def _number(text: str, argument: str, kind: type[Number]) -> Number:
    try:
        return kind(argument)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise ParameterError(f"decision {text!r}: {argument!r} is not {what}") from None
