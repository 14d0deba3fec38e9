"""A network that a run's adversarial images are shown to."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Network:
    """A tested network, known by what its verdicts depend on.

    Attributes
    ----------
    id
        Digest of the model's content, its pipeline, place, decision, provider, preparation
        and constant inputs.
    name, given
        Its name, and what the user called it.
    preparation
        The name of the transformation of images in front of it; empty for none.
    """

    id: str
    name: str
    given: str
    preparation: str

    @classmethod
    def of(cls, classifier: Classifier, given: str, preparation: str) -> Network:
        """Describe a classifier behind a preparation.

        Parameters
        ----------
        classifier
            The tested network, open.
        given
            What the user called it.
        preparation
            Name of the transformation in front of it; empty for none.

        Returns
        -------
        Network
            Known by its digest.
        """
        identity = (
            classifier.sha256,
            classifier.contract_record,
            classifier.provider,
            preparation,
        )
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        return cls(digest, classifier.name, given, preparation)


def tell_apart(networks: Sequence[Network]) -> list[str]:
    """Return a name for each network that no other has.

    That is its own, else what the user called it, else that with its digest; and its preparation.
    """
    labels = [network.name for network in networks]
    for better in (
        [network.given for network in networks],
        [f"{network.given} [{network.id[:8]}]" for network in networks],
    ):
        counts = Counter(zip(labels, (n.preparation for n in networks), strict=True))
        labels = [
            label if counts[label, network.preparation] == 1 else replacement
            for label, network, replacement in zip(labels, networks, better, strict=True)
        ]
    return [
        f"{label} behind {network.preparation}" if network.preparation else label
        for label, network in zip(labels, networks, strict=True)
    ]
