"""C&W, L2 (Carlini and Wagner, 2017; eq. 4): the box constraint by a change of variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.families.penalty import PenaltyAttack
from percept_adv.attacks.numerics.arrays import namespace
from percept_adv.attacks.registry import declare

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem
    from percept_adv.attacks.numerics.arrays import Array, State

_INSIDE = 1e-3
"""How far inside [0, 1] the change of variable begins: its slope vanishes at 0 and 1."""


@dataclass(frozen=True, slots=True)
class SigmoidSpace:
    """x = sigmoid(w): every w is an image in (0, 1)."""

    def guide(self, problem: Problem) -> None:
        """Build nothing: this space does not smooth."""

    def start(self, problem: Problem) -> State:
        """Return the variable at the original, taken slightly inside (0, 1)."""
        xp = namespace(problem.originals)
        inside = _INSIDE + (1 - 2 * _INSIDE) * problem.originals
        return {"variable": xp.log(inside / (1 - inside)), "image": problem.originals}

    def forward(self, problem: Problem, state: State) -> tuple[Array, Array, State]:
        """Return sigmoid(w) and its distance to the original."""
        xp = namespace(state["variable"])
        image = 1 / (1 + xp.exp(-state["variable"]))
        return image, image - problem.originals, {"image": image}

    def penalise(self, problem: Problem, perturbation: Array) -> Array:  # noqa: ARG002
        """Penalise the squared L2 norm."""
        return 2 * perturbation

    def backward(
        self,
        problem: Problem,  # noqa: ARG002
        state: State,
        image: Array,
        perturbation: Array,
    ) -> tuple[Array, State]:
        """Multiply by the slope x (1 - x)."""
        slope = state["image"] * (1 - state["image"])
        return (image + perturbation) * slope, {}


@declare(
    "cw",
    title="C&W",
    paper='Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks", 2017',
    family="penalty",
    distances=("l2",),
    when="The reference for the least L2: nearly always successful, hundreds of gradients.",
)
@dataclass(frozen=True, kw_only=True)
class CarliniWagner(PenaltyAttack):
    """C&W in the L2 norm."""

    @property
    def space(self) -> SigmoidSpace:
        """Walk through w, x = sigmoid(w)."""
        return SigmoidSpace()
