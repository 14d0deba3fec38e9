"""Stored adversarial images shown to other networks, as they are and transformed (section 5.5).

Nothing is attacked anew, and no distortion is chosen: what fooled the attacked network, or
came nearest to it, is shown to another one as it is stored. Verdicts are kept as they come, and
several processes on one run share them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import RunError
from percept_adv.evaluation.claims import Claims
from percept_adv.evaluation.protocol import collect_outcomes
from percept_adv.transformations import parse_transformation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from percept_adv.classifier import Classifier
    from percept_adv.evaluation.network import Network
    from percept_adv.evaluation.protocol import Chosen
    from percept_adv.evaluation.store import RunStore
    from percept_adv.transformations import Transformation

_PART = 16


def count_attacked(store: RunStore) -> int:
    """Return how many images `examine` looks at.

    Parameters
    ----------
    store
        The run.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> from percept_adv.evaluation import count_attacked
    >>> count_attacked(run)
    2
    """
    return sum(len(outcomes.attacked) for outcomes in collect_outcomes(store))


def labelled_originals(store: RunStore) -> list[tuple[Path, Any]]:
    """Return the stored originals that `examine` looks at, each with its label, once.

    Parameters
    ----------
    store
        The run.

    Returns
    -------
    list of (Path, label)
        PNGs and their labels.

    Examples
    --------
    >>> from percept_adv.evaluation import labelled_originals
    >>> [label for path, label in labelled_originals(run)]
    [7, 2]
    """
    samples = {
        one.sample.file: one.sample
        for outcomes in collect_outcomes(store)
        for one in outcomes.attacked
    }
    return [(store.original_path(sample), sample.label) for sample in samples.values()]


def examine(
    store: RunStore,
    network: Network,
    classifier: Classifier,
    tell: Callable[[int], None],
    *,
    found: Callable[[int], None] | None = None,
) -> None:
    """Classify originals and adversarials of a run with another network and keep the verdicts.

    What was examined with this very network before is not examined again.

    Parameters
    ----------
    store
        The run.
    network
        The tested network, with what is done to images in front of it.
    classifier
        The same, open.
    tell
        Called with the number of images just done here.
    found
        Called at first with the number of those done before; by default ``tell``.

    Raises
    ------
    ShapeError
        If the stored images do not fit it.
    RunError
        If a picture is gone.

    Examples
    --------
    >>> from percept_adv.evaluation import Network, examine
    >>> examine(run, Network.of(classifier, "c4", ""), classifier, lambda count: None)
    >>> len(run.networks())
    1
    """
    behind = network.preparation
    transformation = parse_transformation(behind) if behind else None
    chosen = {
        f"{one.key} {network.id}": one
        for outcomes in collect_outcomes(store)
        for one in outcomes.attacked
    }

    def is_examined(claim: str) -> bool:
        return store.has_transfer(network, chosen[claim].key)

    def pending() -> list[str]:
        return [claim for claim in chosen if not is_examined(claim)]

    def work(free: list[str]) -> None:
        for start in range(0, len(free), _PART):
            with claims.hold(free[start : start + _PART]) as held:
                part = [chosen[claim] for claim in held]
                store.add_transfers(network, _verdicts(store, part, classifier, transformation))
            tell(len(part))

    store.add_network(network)
    (found or tell)(len(chosen) - len(pending()))
    with Claims(store, is_examined) as claims:
        claims.share(pending, work, lambda _: None)


def _verdicts(
    store: RunStore,
    part: Sequence[Chosen],
    classifier: Classifier,
    transformation: Transformation | None,
) -> list[tuple[str, int, int]]:
    """Return for each outcome its key and the classes of the original and the adversarial."""
    originals = [store.original_path(one.sample) for one in part]
    adversarials = [store.folder / one.record["picture"] for one in part]
    before, after = (
        _classify(paths, classifier, transformation) for paths in (originals, adversarials)
    )
    return list(zip((one.key for one in part), before, after, strict=True))


def _classify(
    paths: Sequence[Path],
    classifier: Classifier,
    transformation: Transformation | None,
) -> list[int]:
    labels = []
    for path in paths:
        if not path.is_file():
            raise RunError(f"{path} is gone: run percept-adv evaluate again")
        pixels, _ = classifier.read(path)
        shown = pixels if transformation is None else transformation.apply(pixels)
        labels.append(int(classifier.taking(pixels.shape).predict(shown[np.newaxis])[0]))
    return labels
