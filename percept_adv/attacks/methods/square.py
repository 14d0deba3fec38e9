"""Square Attack (Andriushchenko et al., 2020): random squares, kept where they help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.attacks.engine.inside_ball import InsideBall
from percept_adv.attacks.engine.queries import ScoresQuery
from percept_adv.attacks.families.iterated import Iterated
from percept_adv.attacks.numerics.arrays import choose, namespace, per_image
from percept_adv.attacks.numerics.balls import LinfBall
from percept_adv.attacks.numerics.random_numbers import uniform
from percept_adv.attacks.registry import declare
from percept_adv.parameters import real, whole

if TYPE_CHECKING:
    from percept_adv.attacks.engine.batch import Problem, Step
    from percept_adv.attacks.engine.queries import Query
    from percept_adv.attacks.engine.settling import Settling
    from percept_adv.attacks.numerics.arrays import Array, State

_HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)
"""The queries of 10 000 at which the squares' area halves, as in the paper."""


@declare(
    "square",
    title="Square Attack",
    paper='Andriushchenko, Croce, Flammarion and Hein, "Square Attack: a Query-Efficient Black-Box '
    'Adversarial Attack via Random Search", 2020',
    family="fixed distortion",
    distances=("linf",),
    when="Models without a usable gradient: it asks for scores only.",
    random="places and signs of the squares",
)
@dataclass(frozen=True, kw_only=True)
class SquareAttack(Iterated):
    """Set a random square of the perturbation to +-eps; keep it where the gap falls.

    Of eps whole levels of 8 bits are taken: the search ends with the first success, which has to be
    one as stored.
    """

    iterations: int = whole(1000, least=1, summary="Most images proposed; they cost no gradient.")
    eps: float = real(0.05, above=0, unit="Linf", summary="Radius of the ball, as in the paper.")
    area: float = real(
        0.05, above=0, most=1, summary="Share of the image that the first squares cover."
    )

    @property
    def query(self) -> Query:
        """Ask for the scores."""
        return ScoresQuery()

    @property
    def is_random(self) -> bool:
        """All of it."""
        return True

    @property
    def most_gradients(self) -> int:
        """None."""
        return 0

    @property
    def ball(self) -> LinfBall:
        """No sample changes by more than eps."""
        return LinfBall(self.eps)

    def start(self, problem: Problem) -> State:
        """Begin with stripes of one column each, in random signs."""
        begun = super().start(problem)
        xp = namespace(problem.originals)
        columns = xp.zeros_like(problem.originals[:, :1, :, :])
        signs = _signs(uniform(problem.seeds, 0 * begun["iteration"], columns))
        stripes = xp.broadcast_to(self.ball.whole_levels * signs, problem.originals.shape)
        return {
            **begun,
            "image": xp.clip(problem.originals + stripes, 0, 1),
            "perturbation": stripes,
            "candidate": stripes,
            "gap": 0 * begun["iteration"] + xp.inf,
            "found": begun["iteration"] > 0,
        }

    def update(self, problem: Problem, state: State, step: Step) -> State:
        """Keep the candidate where the gap has fallen, and put a new square on what is kept."""
        xp = namespace(step.images)
        better = step.gap < state["gap"]
        kept = choose(
            better,
            {"perturbation": state["candidate"], "gap": step.gap},
            {"perturbation": state["perturbation"], "gap": state["gap"]},
        )
        iteration = state["iteration"] + 1
        inside = _squares(problem, iteration, self._sides(problem.originals, iteration))
        channels = xp.zeros_like(problem.originals[:, :1, :1, :])
        signs = _signs(uniform(problem.seeds, 2 * iteration + 1, channels))
        candidate = xp.where(inside, self.ball.whole_levels * signs, kept["perturbation"])
        return {
            **kept,
            "candidate": candidate,
            "image": xp.clip(problem.originals + candidate, 0, 1),
            "iteration": iteration,
            "found": state["found"] | (step.gap < 0),
        }

    def _sides(self, images: Array, iteration: Array) -> Array:
        """Return the side of each image's next square in pixels, (B,)."""
        xp = namespace(images)
        queries = 10_000 * iteration / self.iterations
        halved = sum(xp.astype(queries > bound, images.dtype) for bound in _HALVINGS)
        pixels = self.area * images.shape[1] * images.shape[2] / 2.0**halved
        return xp.maximum(xp.round(xp.sqrt(pixels)), xp.ones_like(pixels))

    def finished(self, state: State) -> Array:
        """Return which images are fooled, or out of queries."""
        return state["found"] | super().finished(state)

    @property
    def settling(self) -> Settling:
        """Store what is nearest to the attack's image inside the ball."""
        return InsideBall(ball=self.ball, asks_gradients=False)


def _signs(numbers: Array) -> Array:
    """Return -1 or 1 for numbers in (0, 1)."""
    xp = namespace(numbers)
    return xp.where(numbers < 0.5, -xp.ones_like(numbers), xp.ones_like(numbers))


def _squares(problem: Problem, draw: Array, sides: Array) -> Array:
    """Return where a random square of each image lies, (B, H, W, 1) of bool."""
    xp = namespace(problem.originals)
    _, height, width, _ = problem.originals.shape
    corners = uniform(problem.seeds, 2 * draw, problem.originals[:, :2, :1, :1])
    inside = None
    for axis, length in ((1, height), (2, width)):
        side = xp.minimum(sides, xp.full_like(sides, length))
        first = xp.floor(corners[:, axis - 1, 0, 0] * (length - side + 1))
        shape = [1, 1, 1, 1]
        shape[axis] = length
        places = xp.reshape(xp.arange(length, dtype=sides.dtype), tuple(shape))
        begin = per_image(first, problem.originals)
        on = (places >= begin) & (places < begin + per_image(side, problem.originals))
        inside = on if inside is None else inside & on
    return inside
