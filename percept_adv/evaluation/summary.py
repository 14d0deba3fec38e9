"""The figures of the evaluation protocol (Zhang et al., 2020, section 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Summary:
    """What an attack did to a set of images.

    Attributes
    ----------
    images
        N', all images.
    classified
        N, those classified correctly without attack.
    successes
        N_suc, those of them misclassified as stored.
    blind
        Of the images that were not fooled, those whose attack had no usable gradient: they say
        nothing about robustness.
    mean_distortion, mean_mad
        D_bar and the mean MAD over the successes; NaN without any.
    mean_seconds
        Seconds per attacked image.
    """

    images: int
    classified: int
    successes: int
    blind: int
    mean_distortion: float
    mean_mad: float
    mean_seconds: float

    @property
    def accuracy(self) -> float:
        """N / N'."""
        return self.classified / self.images if self.images else float("nan")

    @property
    def not_fooled(self) -> str:
        """The failures in words, and for how many of them the attack was blind; may be empty."""
        failures = self.classified - self.successes
        if not failures:
            return ""
        blind = f", of which {self.blind} without a usable gradient" if self.blind else ""
        return f"not fooled: {failures}{blind}"

    @property
    def success_rate(self) -> float:
        """P_suc = N_suc / N."""
        return self.successes / self.classified if self.classified else float("nan")


def summarise(records: Sequence[dict[str, Any]]) -> Summary:
    """Summarise records of `outcome_record`: of one attack, one for each image.

    Parameters
    ----------
    records
        In any order.

    Returns
    -------
    Summary
        Counts and means.

    Examples
    --------
    >>> from percept_adv.evaluation import summarise
    >>> summarise(list(run.records().values())).images
    2
    """
    attacked = [record for record in records if not record["already_misclassified"]]
    successes = [record for record in attacked if record["success"]]
    return Summary(
        images=len(records),
        classified=len(attacked),
        successes=len(successes),
        blind=sum(bool(record.get("is_blind")) for record in attacked),
        mean_distortion=_mean(successes, "stored_l2"),
        mean_mad=_mean(successes, "mad"),
        mean_seconds=_mean(attacked, "seconds"),
    )


def _mean(records: Sequence[dict[str, Any]], name: str) -> float:
    values = [record[name] for record in records if record.get(name) is not None]
    return float(np.mean(values)) if values else float("nan")
