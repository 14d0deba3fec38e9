"""One outcome as a flat record, for JSON, tables and pages."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from percept_adv.attacks.engine.result import NO_TARGET
from percept_adv.images import to_uint8
from percept_adv.labels import name_of
from percept_adv.metrics import Measurer, used_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.attacks import ImageResult
    from percept_adv.metrics.registry import Use

_PHOTOGRAPH_BLOCK, _DIGIT_BLOCK = 16, 2


def outcome_record(
    outcome: ImageResult,
    class_names: Sequence[str] | None,
    *,
    use: Use = "attack",
) -> dict[str, Any]:
    """Return the figures of an outcome; a figure that does not exist is None.

    The metrics, those that are declared for this ``use``, compare the stored image with the
    original; MAD takes blocks of 16 pixels, of 2 for images that are too small for that, as the
    paper did for digits.

    Parameters
    ----------
    outcome
        Of one image.
    class_names
        Of all classes, where they are known.
    use
        Which metrics: ``"attack"`` or ``"evaluation"``.

    Returns
    -------
    dict
        As JSON can hold it.

    Examples
    --------
    >>> from percept_adv.evaluation import outcome_record
    >>> outcome = percept_adv.attacks.fgsm(classifier, images, labels)[0]
    >>> outcome_record(outcome, None)["label"]
    7
    """
    record = {
        name: getattr(outcome, name)
        for name in (
            "success",
            "already_misclassified",
            "label",
            "target",
            "label_before",
            "label_after",
            "confidence_before",
            "confidence_after",
            "l2",
            "linf",
            "stored_l2",
            "stored_linf",
            "best_c",
            "forward_count",
            "backward_count",
            "zero_gradients",
            "nan_gradients",
            "is_blind",
            "found_by",
            "seconds",
        )
    }
    record["found_by"] = record["found_by"] or None
    if record["target"] == NO_TARGET:
        record["target"] = None
    if class_names is not None:
        for name in ("label", "label_before", "label_after"):
            record[f"{name}_name"] = name_of(record[name], class_names)
    record |= perceptual_figures(outcome, used_by(use))
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in record.items()
    }


def perceptual_figures(outcome: ImageResult, metrics: Sequence[str]) -> dict[str, float]:
    """Return metrics of the stored image; those that need a larger one are left out."""
    reference, stored = to_uint8(outcome.original), outcome.stored
    if reference.shape[-1] == 1:
        reference, stored = reference[..., 0], stored[..., 0]
    measurer = Measurer(reference, metrics, block_size=_PHOTOGRAPH_BLOCK)
    if not measurer.fits("mad"):
        measurer = Measurer(reference, metrics, block_size=_DIGIT_BLOCK)
    return measurer.measure(stored, skip_too_small=True)
