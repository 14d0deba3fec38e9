import numpy as np

from percept_adv.metrics.registry import metric


@metric(
    order=900,
    title="Share changed",
    better="lower",
    range=(0, 1),
    summary="share of the samples that differ",
    source="none: an example",
)
def share_changed(reference, image):
    """Return the share of samples that differ, in [0, 1]."""
    return float(np.mean(np.asarray(reference) != np.asarray(image)))
