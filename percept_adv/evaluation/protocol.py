"""The protocol of Zhang et al., EURASIP J. Inf. Security 2020, section 5.1."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.evaluation.dataset import Sample
    from percept_adv.evaluation.store import RunStore

Norm = Literal["l2", "linf"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The outcome that counts for an image.

    Attributes
    ----------
    sample, key, record
        The image, and the outcome.
    parameters
        Of the attack's run that it is from.
    least
        By norm, the distance of the nearest success of all runs: 0 for an image that is
        misclassified without attack, infinite without a success.
    """

    sample: Sample
    key: str
    record: dict[str, Any]
    parameters: str
    least: dict[Norm, float]


@dataclass(frozen=True, slots=True)
class AttackOutcomes:
    """What an attack did, over all its runs: one outcome for each image that is finished.

    Attributes
    ----------
    attack
        Its name.
    runs
        How many runs it had, with one set of parameters each.
    chosen
        The outcome that counts, for each image.
    """

    attack: str
    runs: int
    chosen: tuple[Chosen, ...]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records, in the order of the data set."""
        return [one.record for one in self.chosen]

    @property
    def attacked(self) -> list[Chosen]:
        """The outcomes for X, the images classified correctly without attack."""
        return [one for one in self.chosen if not one.record["already_misclassified"]]

    @property
    def successes(self) -> list[Chosen]:
        """The outcomes for images of X that are misclassified as stored."""
        return [one for one in self.attacked if one.record["success"]]

    @property
    def blind(self) -> list[Chosen]:
        """The failures for which no gradient said where to go: they prove no robustness."""
        return [one for one in self.failures if one.record.get("is_blind")]

    @property
    def by_fallback(self) -> list[Chosen]:
        """The successes that other means found, the attack itself having no usable gradient."""
        return [one for one in self.successes if one.record.get("found_by")]

    @property
    def misclassified(self) -> list[Chosen]:
        """The outcomes for images that are misclassified without attack."""
        return [one for one in self.chosen if one.record["already_misclassified"]]

    @property
    def failures(self) -> list[Chosen]:
        """The outcomes for images of X that are still classified correctly."""
        return [one for one in self.attacked if not one.record["success"]]


def choose_best(records: Sequence[dict[str, Any]]) -> int:
    """Return which of several runs on one image counts.

    The success of least distortion; if all failed, the last run. What all runs cost is the cost
    of the attack: see `total_cost`.
    """
    successes = [i for i, record in enumerate(records) if record["success"]]
    if not successes:
        return len(records) - 1
    return min(successes, key=lambda i: records[i]["stored_l2"])


def total_cost(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return seconds and counts of all runs on one image."""
    return {
        name: sum(record[name] for record in records)
        for name in ("forward_count", "backward_count", "seconds")
    }


def collect_outcomes(store: RunStore) -> list[AttackOutcomes]:
    """Return what each attack of a run did, for the images whose runs are all finished.

    Parameters
    ----------
    store
        The run.

    Returns
    -------
    list of AttackOutcomes
        In the order of the attacks.

    Raises
    ------
    RunError, OutputError
        If the run's database cannot be used.

    Examples
    --------
    >>> from percept_adv.evaluation import collect_outcomes
    >>> [(one.attack, len(one.chosen)) for one in collect_outcomes(run)]
    [('fgsm', 2)]
    """
    records = store.records()
    variants = store.configuration.variants
    collected = []
    for attack in dict.fromkeys(variant.attack for variant in variants):
        own = [variant for variant in variants if variant.attack == attack]
        # Whatever the order in which they were added.
        own.sort(key=lambda variant: inf if variant.eps is None else variant.eps)
        chosen = []
        for rows in zip(*(store.configuration.outcomes(variant) for variant in own), strict=True):
            if not all(key in records for _, key in rows):
                continue
            found = [records[key] for _, key in rows]
            best = choose_best(found)
            record = {**found[best], **total_cost(found)}
            sample, key = rows[best]
            chosen.append(Chosen(sample, key, record, own[best].canonical, _least(found)))
        collected.append(AttackOutcomes(attack, len(own), tuple(chosen)))
    return collected


def _least(records: Sequence[dict[str, Any]]) -> dict[Norm, float]:
    if records[0]["already_misclassified"]:
        return {"l2": 0.0, "linf": 0.0}
    successes = [record for record in records if record["success"]]
    return {
        "l2": min((record["stored_l2"] for record in successes), default=inf),
        "linf": min((record["stored_linf"] for record in successes), default=inf),
    }


def operating_characteristic(
    records: Sequence[dict[str, Any]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return P(D), the share of X that falls at a distortion of at most D (eq. 21).

    Parameters
    ----------
    records
        Of one attack, one for each image.

    Returns
    -------
    distortions, shares
        The L2 distances of the successes in ascending order, and P at each; P is constant from
        one to the next, and 0 before the first.

    Examples
    --------
    >>> from percept_adv.evaluation import operating_characteristic
    >>> distortions, shares = operating_characteristic(list(run.records().values()))
    >>> shares
    array([0.5, 1. ])
    """
    attacked = [record for record in records if not record["already_misclassified"]]
    distances = np.sort([record["stored_l2"] for record in attacked if record["success"]])
    shares = np.arange(1, len(distances) + 1) / max(len(attacked), 1)
    return np.asarray(distances, np.float64), shares


def share_within(records: Sequence[dict[str, Any]], distortion: float) -> float:
    """Return P(D) at one distortion D (eq. 21); NaN without images in X.

    Parameters
    ----------
    records
        Of one attack, one for each image.
    distortion
        L2 of [0, 1] values.

    Returns
    -------
    float
        0 to 1.

    Examples
    --------
    >>> from percept_adv.evaluation import share_within
    >>> share_within(list(run.records().values()), 100.0)
    1.0
    """
    if all(record["already_misclassified"] for record in records):
        return float("nan")
    distances, shares = operating_characteristic(records)
    count = int(np.searchsorted(distances, distortion, side="right"))
    return float(shares[count - 1]) if count else 0.0
