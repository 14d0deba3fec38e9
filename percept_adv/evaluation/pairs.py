"""One attack against another on the same images: MAD against MAD (section 5.1 of the paper)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from percept_adv.attacks import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.evaluation.protocol import AttackOutcomes


@dataclass(frozen=True, slots=True)
class MadPair:
    """MAD of two attacks on the images where both succeed, in the order of the data set."""

    first: str
    second: str
    first_mad: NDArray[np.float64]
    second_mad: NDArray[np.float64]

    @property
    def not_above(self) -> float:
        """The share of images on which the second attack's MAD is not above the first's."""
        if not len(self.first_mad):
            return float("nan")
        return float(np.mean(self.second_mad <= self.first_mad))

    @property
    def below(self) -> float:
        """The share of images on which it is below: ties at MAD 0 are common."""
        if not len(self.first_mad):
            return float("nan")
        return float(np.mean(self.second_mad < self.first_mad))

    @property
    def ties(self) -> int:
        """The number of images on which both are equal, mostly 0."""
        return int(np.sum(self.second_mad == self.first_mad))


def mad_pairs(outcomes: Sequence[AttackOutcomes]) -> list[MadPair]:
    """Return each attack with its smooth form; without any, the first two attacks."""
    by_name = {one.attack: one for one in outcomes}
    pairs = [
        (one.smooth_form_of, one.name)
        for one in map(find, by_name)
        if one.smooth_form_of in by_name
    ]
    if not pairs and len(outcomes) > 1:
        pairs = [(outcomes[0].attack, outcomes[1].attack)]
    return [_pair(by_name[a], by_name[b]) for a, b in pairs]


def _pair(first: AttackOutcomes, second: AttackOutcomes) -> MadPair:
    of_second = {one.sample.file: one.record.get("mad") for one in second.successes}
    both = [
        (one.record["mad"], of_second[one.sample.file])
        for one in first.successes
        if one.record.get("mad") is not None and of_second.get(one.sample.file) is not None
    ]
    values = np.array(both, np.float64).reshape(-1, 2)
    return MadPair(first.attack, second.attack, values[:, 0], values[:, 1])
