from dataclasses import dataclass

from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import namespace, unit
from percept_adv.attacks.registry import declare
from percept_adv.parameters import real


@declare(
    "ngd",
    title="Normalised gradient descent",
    paper="none: an example",
    family="minimum distortion",
    distances=("l2",),
    when="To see how an attack is written.",
)
@dataclass(frozen=True, kw_only=True)
class NormalisedGradientDescent(Iterated):
    """Steps of one length down the gap; of all successes the nearest is kept."""

    step_size: float = real(0.05, above=0, unit="L2", summary="Length of a step.")

    def update(self, problem, state, step):
        """Take a step."""
        xp = namespace(step.images)
        moved = step.images - self.step_size * unit(step.gradient)
        return {"image": xp.clip(moved, 0, 1), "iteration": state["iteration"] + 1}
