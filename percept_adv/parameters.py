"""Parameters told once: type, range, default, unit and a sentence, from which all else is made.

A class of parameters is a frozen dataclass under `Parameters`. Its fields come from `real`, `whole`
and `choice`, or from `group` for those of another such class::

    @dataclass(frozen=True, kw_only=True)
    class Walk(Parameters):
        step_size: float = real(1.0, above=0, unit="L2", summary="Norm of a step.")
        steps: int = whole(20, least=1, summary="How many there are.")

    Walk(step_size=-1)  # ParameterError: step_size is -1: give a number above 0
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from math import isfinite
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Made = TypeVar("Made")

_KEY, _GROUP = "parameter", "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What is known of one parameter.

    Attributes
    ----------
    name
        As in Python and in ``-p NAME=VALUE``.
    kind
        ``"number"``, ``"whole number"`` or ``"choice"``.
    default
        A value that `check` takes.
    summary
        One sentence.
    unit
        Of a number, in words; empty where there is none.
    least, above, most, below
        Bounds of a number: inclusive, exclusive, inclusive, exclusive.
    choices
        The values of a choice.
    if_none
        What the value None stands for; empty where None is refused.
    """

    name: str = ""
    kind: Literal["number", "whole number", "choice"]
    default: Any
    summary: str
    unit: str = ""
    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    if_none: str = ""

    @property
    def expected(self) -> str:
        """Which values are taken, in words."""
        if self.kind == "choice":
            return f"one of {', '.join(self.choices)}"
        return f"a {self.kind}{self._bounds()}"

    @property
    def shown_default(self) -> str:
        """The default as a reader takes it in."""
        if self.default is None:
            return "none"
        return f"{self.default:g}" if self.kind == "number" else str(self.default)

    @property
    def sentence(self) -> str:
        """Summary, values, unit and what None means, as one paragraph."""
        said = [self.summary]
        if self.kind == "choice" or self._bounds():
            said.append(f"{self.expected[0].upper()}{self.expected[1:]}.")
        if self.unit:
            said.append(f"Unit: {self.unit}.")
        if self.if_none:
            said.append(f"None: {self.if_none}.")
        return " ".join(said)

    def _bounds(self) -> str:
        low = self.least if self.above is None else self.above
        high = self.most if self.below is None else self.below
        if low is None and high is None:
            return ""
        if high is None:
            return f" above {self.above:g}" if self.above is not None else f" from {low:g} on"
        left = "(" if self.above is not None else "["
        right = ")" if self.below is not None else "]"
        return f" in {left}{low if low is not None else '-inf'}, {high:g}{right}"

    def check(self, value: Any) -> Any:
        """Return a usable value as a plain int, float or str (or None).

        Raises
        ------
        ParameterError
            If it is of another type or outside the range.
        """
        if value is None and self.if_none:
            return None
        if self.kind == "choice":
            usable = isinstance(value, str) and value in self.choices
        else:
            number = Integral if self.kind == "whole number" else Real
            usable = isinstance(value, number) and not isinstance(value, bool)
            usable = usable and isfinite(value) and self._holds(float(value))
        if not usable:
            raise ParameterError(f"{self.name} is {_shown(value)}: give {self.expected}")
        return {"number": float, "whole number": int, "choice": str}[self.kind](value)

    def _holds(self, number: float) -> bool:
        return (
            (self.least is None or number >= self.least)
            and (self.above is None or number > self.above)
            and (self.most is None or number <= self.most)
            and (self.below is None or number < self.below)
        )

    def read(self, text: str) -> Any:
        """Return the value that is written on a command line; 8/255 is a number too.

        Raises
        ------
        ParameterError
            If it is none.
        """
        if self.if_none and text.lower() == "none":
            return None
        if self.kind == "choice":
            return self.check(text)
        try:
            return self.check(int(text) if self.kind == "whole number" else read_number(text))
        except ValueError:
            raise ParameterError(f"{self.name} is {text}: give {self.expected}") from None

    @property
    def annotation(self) -> str:
        """The type in Python."""
        choices = f"Literal[{', '.join(repr(choice) for choice in self.choices)}]"
        name = {"number": "float", "whole number": "int", "choice": choices}[self.kind]
        return f"{name} | None" if self.if_none else name

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "name": self.name,
            "type": self.kind,
            "values": self.expected,
            "default": self.default,
            "default_means": self.if_none or None,
            "unit": self.unit or None,
            "summary": self.summary,
        }


def real(default: float | None, *, summary: str, unit: str = "", **limits: Any) -> Any:
    """Declare a number; ``limits`` are ``least``, ``above``, ``most``, ``below``, ``if_none``."""
    return _declared(
        Parameter(kind="number", default=default, summary=summary, unit=unit, **limits)
    )


def whole(default: int | None, *, summary: str, unit: str = "", **limits: Any) -> Any:
    """Declare a whole number; ``limits`` as for `real`."""
    return _declared(
        Parameter(kind="whole number", default=default, summary=summary, unit=unit, **limits)
    )


def choice(default: str, *choices: str, summary: str) -> Any:
    """Declare one of several names."""
    return _declared(Parameter(kind="choice", default=default, choices=choices, summary=summary))


def group(kind: type[Parameters]) -> Any:
    """Declare all parameters of another class as parameters of this one too."""
    return field(default_factory=kind, metadata={_GROUP: kind})


def _declared(parameter: Parameter) -> Any:
    return field(default=parameter.default, metadata={_KEY: parameter})


class Parameters:
    """A frozen dataclass that checks its declared parameters when it is made."""

    def __post_init__(self) -> None:
        for parameter in _own(type(self)).values():
            value = parameter.check(getattr(self, parameter.name))
            # The instance is frozen; what was given, say of NumPy, becomes plain.
            object.__setattr__(self, parameter.name, value)


def _own(kind: type[Any]) -> dict[str, Parameter]:
    """Return the parameters that a class itself declares or inherits, without its groups."""
    return {
        one.name: replace(one.metadata[_KEY], name=one.name)
        for one in fields(kind)
        if _KEY in one.metadata
    }


def parameters_of(kind: type[Any]) -> dict[str, Parameter]:
    """Return all parameters of a class by name, those of its groups last."""
    found = dict(_own(kind))
    for one in fields(kind):
        if _GROUP in one.metadata:
            found |= parameters_of(one.metadata[_GROUP])
    return found


def values_of(made: Any) -> dict[str, Any]:
    """Return the values of all parameters by name, those of groups among them."""
    values = {name: getattr(made, name) for name in _own(type(made))}
    for one in fields(made):
        if _GROUP in one.metadata:
            values |= values_of(getattr(made, one.name))
    return values


def build(kind: type[Made], values: Mapping[str, Any]) -> Made:
    """Return a class of parameters with values by name, its groups built from theirs.

    Raises
    ------
    ParameterError
        If a name is unknown, or a value outside its range.
    """
    check_names(values, parameters_of(kind))
    given = {name: value for name, value in values.items() if name in _own(kind)}
    for one in fields(kind):  # type: ignore[arg-type]
        if _GROUP in one.metadata:
            inner = one.metadata[_GROUP]
            own = {name: values[name] for name in parameters_of(inner) if name in values}
            given[one.name] = build(inner, own)
    return kind(**given)


def check_names(given: Iterable[str], known: Mapping[str, Parameter]) -> None:
    """Raise ParameterError for the first name that is not known, with the nearest one."""
    for name in given:
        if name not in known:
            raise ParameterError(
                f"unknown parameter {name!r}: {suggestion(name, known)}"
                f"use one of {', '.join(known) or 'none'}"
            )


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean NAME? `` for the known name nearest to a misspelled one, or ``""``."""
    by_folded = {folded(one): one for one in known}
    text = folded(name)
    longer = [one for one in by_folded if text and one.startswith(text)]
    near = longer or get_close_matches(text, by_folded, n=1, cutoff=0.6)
    return f"did you mean {by_folded[near[0]]}? " if near else ""


def folded(name: str) -> str:
    """Return a name without what people vary: case, and ``-`` for ``_``."""
    return name.strip().lower().replace("-", "_")


def read_number(text: str) -> float:
    """Return a finite number written as 0.03, 3e-2 or 8/255.

    Raises
    ------
    ValueError
        If it is none.
    """
    numerator, slash, denominator = text.partition("/")
    try:
        number = float(numerator) / (float(denominator) if slash else 1.0)
    except ZeroDivisionError:
        raise ValueError(f"{text!r} divides by 0") from None
    if not isfinite(number):
        raise ValueError(f"{text!r} is no finite number")
    return number


def _shown(value: Any) -> str:
    """Return a value as a user wrote it."""
    return f"'{value}'" if isinstance(value, str) else str(value)
