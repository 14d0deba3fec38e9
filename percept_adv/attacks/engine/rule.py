"""What an attack is to the engine, and what most attacks have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from percept_adv.attacks.engine.queries import LossQuery
from percept_adv.attacks.engine.settling import NearImage
from percept_adv.attacks.numerics.arrays import squared_norm
from percept_adv.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Companion, Problem, Step
    from percept_adv.attacks.engine.queries import Query
    from percept_adv.attacks.engine.result import Cost
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.engine.stopping import Callback
    from percept_adv.attacks.numerics.arrays import Array, State
    from percept_adv.classifier import Classifier


class Method(Protocol):
    """An attack with its parameters, before it has seen any image."""

    @property
    def is_random(self) -> bool:
        """Whether it draws random numbers, so that results depend on the seed."""

    @property
    def most_gradients(self) -> int:
        """The most gradients for one image, without those for what is stored."""

    def learn(
        self,
        classifier: Classifier,
        images: NDArray[np.float32],
        labels: NDArray[np.int64],
        *,
        seed: int,
        callback: Callback | None,
    ) -> Learnt:
        """Return the rule for each image, after what has to be known of all of them.

        Parameters
        ----------
        classifier
            The deployed model.
        images
            (N, H, W, C) in [0, 1].
        labels
            (N,), counted from 0.
        seed
            Of all random numbers.
        callback
            Called with a `StepInfo` after each step.

        Returns
        -------
        Learnt
            The rule, and what it has cost.
        """


class Attack(Method, Protocol):
    """The rule of an attack: pure functions of arrays, with one row for each image.

    None changes its arguments or branches on their values, so that a rule can be traced
    into a graph.
    """

    @property
    def query(self) -> Query:
        """What the classifier is asked of each proposed image."""

    def guide(self, problem: Problem) -> Companion | None:
        """Build what the attack smooths with, if it does.

        Parameters
        ----------
        problem
            The images under attack.

        Returns
        -------
        Companion or None
            None without smoothing.
        """

    def start(self, problem: Problem) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        problem
            The images under attack.

        Returns
        -------
        State
            Arrays by name, a row for each image.
        """

    def propose(self, problem: Problem, state: State) -> tuple[Array, State]:
        """Return the images to classify next, (B, H, W, C) in [0, 1].

        Parameters
        ----------
        problem
            The images under attack.
        state
            The attack's own state.

        Returns
        -------
        tuple
            The images, and the state.
        """

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Return the state after hearing about the proposed images.

        Parameters
        ----------
        problem
            The images under attack.
        state
            The attack's own state.
        step
            What the classifier said of the images.

        Returns
        -------
        State
            With the same names, shapes and types.
        """

    def finished(self, state: State) -> Array:
        """Return for which images the attack is over, (B,) of bool.

        Parameters
        ----------
        state
            The attack's own state.

        Returns
        -------
        array of bool
            (B,).
        """

    def share_done(self, state: State) -> Array:
        """Return how much of its longest way each image has behind it, (B,) in [0, 1].

        Parameters
        ----------
        state
            The attack's own state.

        Returns
        -------
        array
            (B,).
        """

    def distortion(self, problem: Problem, images: Array) -> Array:
        """Return what the attack minimises, (B,): of successful images the least is kept.

        Parameters
        ----------
        problem
            The images under attack.
        images
            (B, H, W, C) in [0, 1].

        Returns
        -------
        array
            (B,), at least 0.
        """

    @property
    def is_traceable(self) -> bool:
        """Whether a step can be written as a graph; see `percept_adv.tracing`."""

    @property
    def settling(self) -> Settling:
        """What is asked of the stored images."""


class Learnt(NamedTuple):
    """The rule for each image, and what each image, by its position, has cost until then.

    Attributes
    ----------
    rule
        The rule for each image.
    costs
        What images, by their positions, have cost until then.
    """

    rule: Attack
    costs: Mapping[int, Cost] = MappingProxyType({})


class AttackBase(Parameters, Attack, ABC):
    """What most attacks have in common: no smoothing, the logit difference, the L2 norm."""

    @property
    def query(self) -> Query:
        """Ask for the bracket of eq. 3."""
        return LossQuery()

    @property
    def is_random(self) -> bool:
        """No random numbers."""
        return False

    @property
    def is_traceable(self) -> bool:
        """Whether a step can be written as a graph (see `percept_adv.tracing`): it can."""
        return True

    @property
    @abstractmethod
    def most_gradients(self) -> int:
        """The most gradients for one image, without those for what is stored."""

    def learn(
        self,
        classifier: Classifier,  # noqa: ARG002
        images: NDArray[np.float32],  # noqa: ARG002
        labels: NDArray[np.int64],  # noqa: ARG002
        *,
        seed: int,  # noqa: ARG002
        callback: Callback | None,  # noqa: ARG002
    ) -> Learnt:
        """Learn nothing: each image is attacked for itself."""
        return Learnt(self)

    def guide(self, problem: Problem) -> Companion | None:  # noqa: ARG002
        """Build nothing: the rule does not smooth."""
        return None

    def distortion(self, problem: Problem, images: Array) -> Array:
        """Return the squared L2 distance to the originals."""
        return squared_norm(images - problem.originals)

    @property
    def settling(self) -> Settling:
        """Store what is nearest to the attack's image."""
        return NearImage()
