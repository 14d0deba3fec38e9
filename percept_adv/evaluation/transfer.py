"""Stored adversarial images before other networks, and behind the bilateral filter (section 5.5).

Nothing is attacked anew, and no distortion is chosen: what fooled the attacked network, or
came nearest to it, is shown to another one as it is stored. Verdicts are kept as they come, and
several processes on one run share them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.errors import RunError
from percept_adv.evaluation.claims import Claims
from percept_adv.evaluation.protocol import collect_outcomes
from percept_adv.magnification import bilateral_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier
    from percept_adv.evaluation.network import Network
    from percept_adv.evaluation.protocol import Chosen
    from percept_adv.evaluation.store import RunStore

DOMAIN_SIGMA, RANGE_SIGMA = 0.5, 0.2
_PART = 16


def filtered(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return images (N, H, W, C) behind the paper's bilateral filter."""
    return np.stack(
        [
            bilateral_filter(image, domain_sigma=DOMAIN_SIGMA, range_sigma=RANGE_SIGMA)
            for image in images
        ]
    )


def unfiltered(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return images as they are."""
    return images


PREPARATIONS: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "": unfiltered,
    " + bilateral filter": filtered,
}
"""What is put before a tested network, by what its name gets in the tables."""


def count_attacked(store: RunStore) -> int:
    """Return how many images `examine` looks at."""
    return sum(len(outcomes.attacked) for outcomes in collect_outcomes(store))


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
        The tested network, with its preparation, one of `PREPARATIONS`.
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
    """
    prepare = PREPARATIONS[network.preparation]
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
                store.add_transfers(network, _verdicts(store, part, classifier, prepare))
            tell(len(part))

    store.add_network(network)
    (found or tell)(len(chosen) - len(pending()))
    with Claims(store, is_examined) as claims:
        claims.share(pending, work, lambda _: None)


def _verdicts(
    store: RunStore,
    part: Sequence[Chosen],
    classifier: Classifier,
    prepare: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> list[tuple[str, int, int]]:
    """Return for each outcome its key and the classes of the original and the adversarial."""
    originals = [store.original_path(one.sample) for one in part]
    adversarials = [store.folder / one.record["picture"] for one in part]
    before, after = (_classify(paths, classifier, prepare) for paths in (originals, adversarials))
    return list(zip((one.key for one in part), before, after, strict=True))


def _classify(
    paths: Sequence[Path],
    classifier: Classifier,
    prepare: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> list[int]:
    labels = []
    for path in paths:
        if not path.is_file():
            raise RunError(f"{path} is gone: run percept-adv evaluate again")
        pixels, _ = classifier.read(path)
        images = prepare(pixels[np.newaxis])
        labels.append(int(classifier.taking(pixels.shape).predict(images)[0]))
    return labels
