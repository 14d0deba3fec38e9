"""What an attack gives back: what was measured, for successes and failures alike."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from percept_adv.attacks.engine.notebook import result_table
from percept_adv.images import from_uint8

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.attacks.engine.batch import Problem

NO_TARGET = -1


@dataclass(frozen=True, slots=True)
class StepInfo:
    """Progress, told to a callback after each step of the batch.

    A callback that returns True ends the attack: every image comes back with its best attempt so
    far. One that returns an array of bool (``active``,) ends these images.

    Attributes
    ----------
    step
        How many steps there were.
    active, finished, found
        How many images are in the batch, have left it, and have been misclassified of those
        in it.
    done
        How much of its longest way each active image has behind it, added up.
    indices
        (active,): the positions of the active images among those given.
    distances
        (active,): the L2 distance of each one's best adversarial so far, before rounding;
        infinite without one.
    """

    step: int
    active: int
    finished: int
    found: int
    done: float
    indices: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    distances: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(
        cls,
        steps: int,
        finished: int,
        problem: Problem,
        found: NDArray[np.bool_],
        shares: NDArray[np.floating],
        distances: NDArray[np.floating],
    ) -> StepInfo:
        """Return what is told of the images of a problem, from one value (B,) for each.

        Parameters
        ----------
        steps
            How many steps there were.
        finished
            How many images have left the batch.
        problem
            The images in it.
        found
            Which are misclassified.
        shares
            How much of its longest way each has behind it, in [0, 1].
        distances
            L2 of the best so far.

        Returns
        -------
        StepInfo
            What a callback is told.
        """
        return cls(
            steps,
            len(problem.originals),
            finished,
            int(found.sum()),
            float(np.clip(shares, 0, 1).sum()),
            problem.indices,
            np.where(found, distances, np.inf),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResult:
    """The outcome for one image. Distances are on [0, 1] values.

    Attributes
    ----------
    index
        Position of the image among those given.
    original, adversarial
        (H, W, C) floats in [0, 1]; the best attempt, also where the attack failed. An image that
        is misclassified to begin with is not attacked and comes back as it is.
    stored
        What the stored file decodes to: 8 bits.
    file, suffix
        The bytes of the file, and the suffix of its name, such as ``".png"``.
    success
        Whether the deployed model misclassifies ``stored`` (classifies it as the target).
    already_misclassified
        Whether that held for the original.
    label, target
        The true class; the class to reach, or -1. Of independent labels the numbers of those that
        are on, as text.
    label_before, label_after, confidence_before, confidence_after
        The deployed model's class of the original and of ``stored``, and its confidence in it.
    l2, linf, stored_l2, stored_linf
        Distances from the original of ``adversarial`` and of ``stored``.
    best_c
        The weight c at which ``adversarial`` was found; NaN for attacks without one.
    forward_count, backward_count
        How often the model was evaluated, and its gradient taken, for this image.
    seconds
        This image's share of the time.
    zero_gradients, nan_gradients
        How many of the gradients that steered the attack were exactly 0 in front of the boundary,
        and how many NaN or infinite: they steer nowhere.
    failure
        Why the image could not be judged at all, such as scores that are NaN; otherwise empty.
    found_by
        What found the adversarial image where the attack itself had no usable gradient and failed,
        such as ``"square"``; otherwise empty.
    """

    index: int
    original: NDArray[np.float32]
    adversarial: NDArray[np.float32]
    stored: NDArray[np.uint8]
    file: bytes
    suffix: str
    success: bool
    already_misclassified: bool
    label: int | str
    target: int | str
    label_before: int | str
    label_after: int | str
    confidence_before: float
    confidence_after: float
    l2: float
    linf: float
    stored_l2: float
    stored_linf: float
    best_c: float
    forward_count: int
    backward_count: int
    seconds: float
    zero_gradients: int = 0
    nan_gradients: int = 0
    failure: str = ""
    found_by: str = ""

    @property
    def perturbation(self) -> NDArray[np.float32]:
        """What is stored minus the original, floats of [0, 1] values, (H, W, C)."""
        return from_uint8(self.stored, np.float32) - self.original

    def __repr__(self) -> str:
        state = "misclassified already" if self.already_misclassified else "failed"
        state = "success" if self.success and not self.already_misclassified else state
        return (
            f"<ImageResult {self.index}: {state}, class {self.label_before} -> "
            f"{self.label_after}, L2 {self.stored_l2:.3f} as stored>"
        )

    @property
    def is_blind(self) -> bool:
        """Whether the attack failed for want of gradients: half of them or more steered nowhere.

        Such a failure says nothing about robustness.
        """
        unusable = self.zero_gradients + self.nan_gradients
        return not self.success and not self.failure and 2 * unusable >= max(self.backward_count, 1)


_FIGURES = [
    field.name
    for field in fields(ImageResult)
    if field.name not in ("original", "adversarial", "stored", "file")
]
_NAMES = [*(field.name for field in fields(ImageResult)), "is_blind", "perturbation"]


class Cost(NamedTuple):
    """What one image has cost besides its own steps.

    Attributes
    ----------
    forward_count, backward_count
        Runs of the model, and gradients.
    seconds
        Time.
    """

    forward_count: int = 0
    backward_count: int = 0
    seconds: float = 0.0

    def plus(self, forward_count: int, backward_count: int, seconds: float) -> Cost:
        """Return the cost with more spent.

        Parameters
        ----------
        forward_count, backward_count
            Runs of the model, and gradients.
        seconds
            Time.

        Returns
        -------
        Cost
            The sum.
        """
        return Cost(
            self.forward_count + forward_count,
            self.backward_count + backward_count,
            self.seconds + seconds,
        )

    def added_to(self, outcome: ImageResult) -> ImageResult:
        """Return the outcome of an image with this spent on it too.

        Parameters
        ----------
        outcome
            Of the attack itself.

        Returns
        -------
        ImageResult
            The same with higher counts.
        """
        whole = self.plus(outcome.forward_count, outcome.backward_count, outcome.seconds)
        return replace(outcome, **whole._asdict())


@dataclass(frozen=True, slots=True)
class AttackResult:
    """The outcomes for all images, in their order: each attribute of `ImageResult` as an array.

    ``result.success`` is an array (N,) of bool, ``result.stored`` an array (N, H, W, C), and so on
    for every attribute; ``result[i]`` is the `ImageResult` of one image.

    Attributes
    ----------
    items
        One outcome for each image, in the order of the images.

    Examples
    --------
    >>> result = percept_adv.attacks.ddn(classifier, images, labels, iterations=5)
    >>> len(result), result.stored.shape, result[0].suffix
    (1, (1, 28, 28, 1), '.png')
    """

    items: tuple[ImageResult, ...]

    @classmethod
    def of(cls, items: Sequence[ImageResult]) -> AttackResult:
        """Return the result of outcomes in any order.

        Parameters
        ----------
        items
            One outcome for each image.

        Returns
        -------
        AttackResult
            In the order of the images.
        """
        return cls(tuple(sorted(items, key=lambda item: item.index)))

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> ImageResult:
        return self.items[index]

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name not in _NAMES:
            raise AttributeError(f"an attack result has no attribute {name!r}")
        values = [getattr(item, name) for item in self.items]
        # Of bytes NumPy cuts off zeros at the end.
        return np.array(values, object if name == "file" else None)

    def __dir__(self) -> list[str]:
        return ["items", "rows", *_NAMES]

    def rows(self) -> list[dict[str, Any]]:
        """Return the figures of each image, without the images: ``pandas.DataFrame(rows)``."""
        return [{name: getattr(item, name) for name in _FIGURES} for item in self.items]

    def __repr__(self) -> str:
        attacked = [item for item in self.items if not item.already_misclassified]
        fooled = [item.stored_l2 for item in attacked if item.success]
        mean = f", mean L2 {np.mean(fooled):.3f} as stored" if fooled else ""
        return (
            f"<AttackResult of {len(self.items)} images: {len(fooled)} of the {len(attacked)} "
            f"classified rightly are fooled{mean}>"
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the first images as stored, and their figures."""
        return result_table(self)
