"""What each metric declares of itself, once, where it is defined.

The command line's list and defaults, the columns of reports and the documentation are made
from these declarations: a new metric is a file of this package, with nothing else to change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from percept_adv.errors import ParameterError
from percept_adv.parameters import suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import ArrayLike

Use = Literal["command", "attack", "evaluation", "summary"]
"""Where a metric is shown by default: the command ``metrics``, the records of
``attack`` and ``demo``, the records of ``evaluate``, the table of its attacks."""


class Prepared(Protocol):
    """A reference that is prepared once for any number of comparisons."""

    def __init__(self, image: ArrayLike, **options: Any) -> None: ...

    def compare(self, image: ArrayLike) -> Any:
        """Return an object with a field for each metric that is computed together."""

    @staticmethod
    def smallest_side(**options: Any) -> int:
        """Return the pixels that each side of an image needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric: how to compute it and how to read it.

    Attributes
    ----------
    name
        In commands, tables and records.
    title
        At the head of a column of a report.
    function
        Called with reference and image.
    better
        Which direction means that the image looks more like the reference.
    range
        Least and greatest value possible.
    unit, summary, source
        Of its documentation.
    uses
        Where it is shown by default.
    smallest_side
        Pixels that each side of an image needs.
    bytes_per_pixel
        Memory at most beside the two images, for each pixel of one.
    prepared, part
        A class that computes it together with others, and its field there.
    beside
        Names of the metrics that always come with it.
    order
        Its place in tables.
    """

    name: str
    title: str
    function: Callable[[Any, Any], float]
    better: Literal["lower", "higher"]
    range: tuple[float, float]
    unit: str = ""
    summary: str
    source: str
    uses: frozenset[Use] = frozenset()
    smallest_side: int = 1
    bytes_per_pixel: int = 40
    prepared: type[Prepared] | None = None
    part: str = ""
    beside: tuple[str, ...] = ()
    order: int = 0


METRICS: dict[str, Metric] = {}
"""Metric by name, in the order of tables."""

Function = TypeVar("Function", bound="Callable[..., float]")


def metric(name: str | None = None, **facts: Any) -> Callable[[Function], Function]:
    """Return a decorator that declares a function of reference and image as a metric.

    Parameters
    ----------
    name
        By default that of the function.
    **facts
        The other attributes of `Metric`.
    """

    def declare(function: Function) -> Function:
        add(Metric(name=name or function.__name__, function=function, **facts))
        return function

    return declare


def add(new: Metric) -> None:
    """Add a metric to the registry.

    Raises
    ------
    ValueError
        If another metric has that name.
    """
    if new.name in METRICS:
        raise ValueError(f"there are two metrics of the name {new.name}")
    METRICS[new.name] = replace(new, uses=frozenset(new.uses))
    ordered = sorted(METRICS.values(), key=lambda one: (one.order, one.name))
    METRICS.clear()
    METRICS.update({one.name: one for one in ordered})


def used_by(use: Use) -> list[str]:
    """Return the names of the metrics that a command, record or table shows by default.

    Parameters
    ----------
    use
        ``"command"``, ``"attack"``, ``"evaluation"`` or ``"summary"``.

    Returns
    -------
    list of str
        In the order of tables.

    Examples
    --------
    >>> "mad" in percept_adv.metrics.used_by("command")
    True
    """
    chosen = [metric.name for metric in METRICS.values() if use in metric.uses]
    return [metric.name for metric in resolve(chosen)]


def resolve(names: Iterable[str]) -> list[Metric]:
    """Return the metrics with these names, each once, with those that always accompany them.

    Parameters
    ----------
    names
        Of metrics.

    Returns
    -------
    list of Metric
        In the order of the names.

    Raises
    ------
    ParameterError
        If a metric does not exist.

    Examples
    --------
    >>> [metric.name for metric in percept_adv.metrics.resolve(["l2", "mad"])]
    ['l2', 'mad', 'mad_hi', 'mad_lo']
    """
    expanded: dict[str, Metric] = {}
    for name in names:
        if name not in METRICS:
            raise ParameterError(
                f"there is no metric {name!r}: {suggestion(name, METRICS)}"
                f"choose from {', '.join(METRICS)}"
            )
        for wanted in (name, *METRICS[name].beside):
            expanded[wanted] = METRICS[wanted]
    return list(expanded.values())
