"""Attacks with their parameters, each of them one run over all images."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.attacks import check_engine, find
from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from percept_adv.attacks import Engine, Method
    from percept_adv.classifier import Classifier

_EPS = "eps"
_FIXED = "fixed distortion"


@dataclass(frozen=True, slots=True)
class Variant:
    """An attack and its parameters.

    Attributes
    ----------
    attack
        Its name.
    parameters
        Those that differ from the defaults.
    """

    attack: str
    parameters: Mapping[str, Any]

    def rule(self) -> Method:
        """Build the attack."""
        return find(self.attack).make(**self.parameters)

    def check_engine(self, classifier: Classifier, engine: Engine) -> None:
        """Check before any work that the attack can be had from an engine.

        Parameters
        ----------
        classifier
            What is attacked.
        engine
            Who shall take the steps.

        Raises
        ------
        ParameterError
            If it cannot; the message begins with the attack.
        """
        try:
            check_engine(self.rule(), classifier, engine)
        except ParameterError as error:
            raise ParameterError(f"{self.attack}: {error}") from error

    def __str__(self) -> str:
        described = ", ".join(f"{name}={value}" for name, value in sorted(self.parameters.items()))
        return f"{self.attack} ({described})" if described else self.attack

    @property
    def fixed(self) -> dict[str, Any]:
        """The parameters without eps: those that all variants of an attack in a run share."""
        return {name: value for name, value in self.parameters.items() if name != _EPS}

    @property
    def eps(self) -> float | None:
        """The distortion that is given; None where the attack or the evaluation searches it."""
        return self.parameters.get(_EPS)

    @property
    def searches(self) -> bool:
        """Whether the least distortion of each image is searched by running the attack for many."""
        return self.eps is None and find(self.attack).family == _FIXED

    @property
    def folder(self) -> str:
        """Where its pictures lie: the attack, and the distortion if it is given."""
        return self.attack if self.eps is None else f"{self.attack}/eps_{self.eps:.12g}"

    @property
    def canonical(self) -> str:
        """The parameters as text that is the same for the same values."""
        return json.dumps(dict(self.parameters), sort_keys=True)


def plan_variants(
    attacks: Sequence[str],
    parameters: Mapping[str, Mapping[str, Any]],
    grids: Mapping[str, Iterable[float]],
) -> tuple[Variant, ...]:
    """Return all runs of an evaluation.

    An attack of a fixed distortion runs once for each eps of its grid. Without a grid and an eps,
    the least eps of each image is searched.

    Parameters
    ----------
    attacks
        Names.
    parameters
        Those of each attack that are not the defaults.
    grids
        The eps of attacks of a fixed distortion.

    Returns
    -------
    tuple of Variant
        In the order of the attacks.

    Raises
    ------
    ParameterError
        If a name, a parameter or a grid cannot be used.

    Examples
    --------
    >>> from percept_adv.evaluation import plan_variants
    >>> [dict(one.parameters) for one in plan_variants(["fgsm"], {}, {"fgsm": [0.1, 0.2]})]
    [{'eps': 0.1}, {'eps': 0.2}]
    """
    attacks = [find(name).name for name in attacks]
    parameters = {find(name).name: values for name, values in parameters.items()}
    grids = {find(name).name: grid for name, grid in grids.items()}
    if len(set(attacks)) < len(attacks):
        raise ParameterError(f"attacks {', '.join(attacks)}: give each one once")
    for name in (*parameters, *grids):
        if name not in attacks:
            raise ParameterError(f"parameters of {name}, which is none of {', '.join(attacks)}")
    return tuple(
        variant
        for name in attacks
        for variant in _variants(name, parameters.get(name, {}), grids.get(name))
    )


def _variants(
    name: str, parameters: Mapping[str, Any], grid: Iterable[float] | None
) -> list[Variant]:
    attack = find(name)
    if not attack.independent:
        raise ParameterError(
            f"{name} needs all images at once, and an evaluation takes each for itself: "
            f"use percept-adv attack --attack {name}"
        )
    attack.make(**parameters)
    if attack.family != _FIXED:
        if grid is not None:
            raise ParameterError(f"{name} looks for the least distortion itself: give it no eps")
        return [Variant(name, dict(parameters))]
    if grid is None:
        return [Variant(name, dict(parameters))]
    variants = [Variant(name, {**parameters, "eps": float(eps)}) for eps in sorted(set(grid))]
    for one in variants:
        one.rule()
    return variants
