"""Attacking with an attack of a name: the function that all others come down to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.request import AttackRequest
from percept_adv.attacks.engine.result import AttackResult
from percept_adv.attacks.fallback import attack_each
from percept_adv.attacks.registry import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.engines import Engine
    from percept_adv.attacks.engine.stopping import Callback
    from percept_adv.classifier import Classifier
    from percept_adv.storing import Store


def attack(
    name: str,
    classifier: Classifier,
    images: NDArray[Any],
    labels: NDArray[np.integer],
    *,
    targets: NDArray[np.integer] | int | None = None,
    mask: NDArray[Any] | None = None,
    store: Store | Sequence[Store] | None = None,
    batch_size: int = 8,
    max_evaluations: int | None = None,
    callback: Callback | None = None,
    seed: int = 0,
    engine: Engine = "auto",
    **parameters: Any,
) -> AttackResult:
    """Attack images with the attack of a name.

    Parameters
    ----------
    name
        One of `names`.
    classifier
        The deployed model; it alone decides what counts as adversarial.
    images
        (N, H, W, C) floats in [0, 1] or 8-bit integers, of the size that the classifier takes;
        (N, H, W) for a classifier of one channel.
    labels
        (N,): the true classes, counted from 0.
    targets
        For a targeted attack, the classes to reach: (N,), or one number for all images. With
        one for all, images that are of that class already come back as they are.
    mask
        (H, W) for all images or (N, H, W): True, or above 0, where an image may change.
    store
        What each image is stored as, `percept_adv.storing.Png` by default: one store for all
        images, or one for each.
    batch_size
        How many images are attacked together.
    max_evaluations
        The most gradient evaluations for one image, those included that are spent on what is
        stored.
    callback
        Called with a `StepInfo` after each step of the batch. It ends the attack by returning
        True, and some images by returning an array of bool.
    seed
        Of all random numbers. An image's own depend on it and on the image, not on the others.
    engine
        Who takes the steps: ``"graph"``, one graph with the model inside, whose state stays where
        the model runs; ``"eager"``, NumPy around the model; ``"auto"``, the graph on a GPU where
        the attack can be one.
    **parameters
        Those of the attack: ``find(name).parameters`` describes them, and so does
        ``help(percept_adv.attacks.NAME)``.

    Returns
    -------
    AttackResult
        One outcome an image, successes and failures alike.

    Raises
    ------
    InputError
        If images, labels or parameters cannot be used.
    ModelError
        If the model cannot be differentiated.

    Examples
    --------
    >>> result = percept_adv.attacks.attack("ddn", classifier, images, labels, iterations=20)
    >>> result.success, result.stored.dtype
    (array([ True]), dtype('uint8'))
    """
    declaration = find(name)
    declaration.check_options(targets=targets, mask=mask, max_evaluations=max_evaluations)
    request = AttackRequest(
        classifier,
        images,
        labels,
        targets=targets,
        mask=mask,
        store=store,
        batch_size=batch_size,
        max_evaluations=max_evaluations,
        callback=callback,
        seed=seed,
        engine=engine,
    )
    return AttackResult.of(list(attack_each(declaration.make(**parameters), request)))
