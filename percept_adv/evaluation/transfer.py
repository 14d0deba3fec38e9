"""Stored adversarial images before other networks, and behind the bilateral filter (section 5.5).

Nothing is attacked anew, and no distortion is chosen: what fooled the attacked network, or
came nearest to it, is shown to another one as it is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.classifier import fit_image
from percept_adv.errors import RunError
from percept_adv.images import read_image
from percept_adv.magnification import bilateral_filter

from .protocol import collect_outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier

    from .protocol import Chosen
    from .store import RunStore

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
    name: str,
    classifier: Classifier,
    prepare: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    tell: Callable[[int], None],
) -> None:
    """Classify originals and adversarials of a run with another network and keep the verdicts.

    Parameters
    ----------
    store
        The run.
    name
        Of the tested network, in the tables.
    classifier
        The tested network.
    prepare
        What is put before it: `filtered` or `unfiltered`.
    tell
        Called with the number of images just done.

    Raises
    ------
    ShapeError
        If the stored images do not fit it.
    RunError
        If a picture is gone.
    """
    chosen = [one for outcomes in collect_outcomes(store) for one in outcomes.attacked]
    for part in _parts(chosen):
        pictures = [
            (store.original_path(one.sample), store.adversarial_path(one.key)) for one in part
        ]
        before, after = (
            _classify([pair[side] for pair in pictures], classifier, prepare) for side in (0, 1)
        )
        store.add_transfers(
            name,
            classifier.sha256,
            [(one.key, before[i], after[i]) for i, one in enumerate(part)],
        )
        tell(len(part))


def _parts(chosen: Sequence[Chosen]) -> Iterator[Sequence[Chosen]]:
    for start in range(0, len(chosen), _PART):
        yield chosen[start : start + _PART]


def _classify(
    paths: Sequence[Path],
    classifier: Classifier,
    prepare: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> list[int]:
    labels = []
    for path in paths:
        if not path.is_file():
            raise RunError(f"{path} is gone: run percept-adv evaluate again")
        pixels, _ = fit_image(read_image(path), classifier.contract)
        labels.append(int(classifier.predict(prepare(pixels[np.newaxis]))[0]))
    return labels
