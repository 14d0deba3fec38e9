"""The attacks by name: each declares itself once, beside its rule in ``methods``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from percept_adv.errors import ParameterError
from percept_adv.parameters import Parameter, build, check_names, folded, parameters_of, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from percept_adv.attacks.engine.rule import Method

Family = Literal["fixed distortion", "minimum distortion", "penalty"]
Made = TypeVar("Made", bound="type[Method]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What one attack declares about itself.

    Attributes
    ----------
    name
        On the command line and in Python.
    title
        As in the literature.
    paper
        Authors, title, year.
    family
        ``"fixed distortion"``: stays inside its parameter ``eps``; ``"minimum distortion"``:
        looks for the least; ``"penalty"``: the same, by distortion plus c times a loss.
    distances
        The norms or distances that it bounds or minimises, the default first.
    when
        One sentence: what it is for.
    method
        The class of its parameters and its rule.
    smooth_form_of
        The attack that it adds smoothing to.
    random
        What its random numbers are for; empty for an attack that draws none.
    independent
        Whether each image is attacked for itself.
    lacks
        Options of `attack` that it cannot have, each with the reason.
    """

    name: str
    title: str
    paper: str
    family: Family
    distances: tuple[str, ...]
    when: str
    method: type[Method]
    smooth_form_of: str | None = None
    random: str = ""
    independent: bool = True
    lacks: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Its parameters by name."""
        return parameters_of(self.method)

    @property
    def gradients(self) -> int:
        """The most gradients for one image at the default parameters."""
        return self.make().most_gradients

    def make(self, **parameters: Any) -> Method:
        """Return the attack with its parameters.

        Parameters
        ----------
        **parameters
            By name; the others have their defaults.

        Returns
        -------
        Method
            The attack, ready for images.

        Raises
        ------
        ParameterError
            If a name is unknown, or a value outside its range.
        """
        try:
            return build(self.method, parameters)
        except ParameterError as error:
            raise ParameterError(f"{self.name}: {error}") from error

    def read(self, texts: Mapping[str, str]) -> dict[str, Any]:
        """Return parameters that are written as on a command line, all of them checked.

        Parameters
        ----------
        texts
            Parameters by name, such as ``{"eps": "8/255"}``.

        Returns
        -------
        dict
            Their values.

        Raises
        ------
        ParameterError
            If a name is unknown, or a value outside its range.
        """
        known = self.parameters
        try:
            check_names(texts, known)
            return {name: known[name].read(text) for name, text in texts.items()}
        except ParameterError as error:
            raise ParameterError(f"{self.name}: {error}") from error

    def check_options(self, **given: Any) -> None:
        """Refuse options, not None, that the attack cannot have.

        Parameters
        ----------
        **given
            Options of `attack` by name.

        Raises
        ------
        ParameterError
            With the reason that the attack declares.
        """
        for option, reason in self.lacks.items():
            if given.get(option) is not None:
                raise ParameterError(f"{self.name}: {reason}: leave {option} out")

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "name": self.name,
            "title": self.title,
            "paper": self.paper,
            "family": self.family,
            "distances": list(self.distances),
            "when": self.when,
            "smooth_form_of": self.smooth_form_of,
            "random": self.random or None,
            "independent": self.independent,
            "gradients": self.gradients,
            "parameters": [parameter.as_record() for parameter in self.parameters.values()],
        }


_ATTACKS: dict[str, Declaration] = {}


def declare(
    name: str,
    *,
    title: str,
    paper: str,
    family: Family,
    distances: tuple[str, ...],
    when: str,
    **more: Any,
) -> Callable[[Made], Made]:
    """Register the class of an attack; arguments are those of `Declaration`."""

    def register(method: Made) -> Made:
        _ATTACKS[name] = Declaration(
            name=name,
            title=title,
            paper=paper,
            family=family,
            distances=distances,
            when=when,
            method=method,
            **more,
        )
        return method

    return register


def names() -> list[str]:
    """Return the names of all attacks, in alphabetical order.

    Examples
    --------
    >>> percept_adv.attacks.names()[:3]
    ['alma', 'apgd', 'bp']
    """
    return sorted(_ATTACKS)


def declarations() -> list[Declaration]:
    """Return the declarations of all attacks, ordered by name.

    Examples
    --------
    >>> [one.name for one in percept_adv.attacks.declarations()][:3]
    ['alma', 'apgd', 'bp']
    """
    return [_ATTACKS[name] for name in names()]


def find(name: str) -> Declaration:
    """Return the declaration of an attack; upper and lower case are the same.

    Parameters
    ----------
    name
        One of `names`.

    Returns
    -------
    Declaration
        Its title, paper and parameters among others.

    Raises
    ------
    ParameterError
        If there is none of this name.

    Examples
    --------
    >>> percept_adv.attacks.find("ddn").title
    'DDN, decoupled direction and norm'
    """
    try:
        return _ATTACKS[folded(name)]
    except KeyError:
        raise ParameterError(
            f"unknown attack {name!r}: {suggestion(name, names())}use one of {', '.join(names())}"
        ) from None


def make_rule(name: str, **parameters: Any) -> Method:
    """Return an attack with its parameters.

    Parameters
    ----------
    name
        One of `names`.
    **parameters
        By name; the others have their defaults.

    Returns
    -------
    Method
        The attack, for `AttackRequest` and `attack_each`.

    Raises
    ------
    ParameterError
        If the attack or a parameter is unknown, or a value outside its range.

    Examples
    --------
    >>> percept_adv.attacks.make_rule("ddn", iterations=20).iterations
    20
    """
    return find(name).make(**parameters)
