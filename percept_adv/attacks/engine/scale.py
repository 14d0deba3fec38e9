"""The scale of a model's scores, so that no attack depends on it.

Scores times a constant decide the same. But a cross-entropy is flat where they are large, and C&W's
weight c or ALMA's multipliers mean another thing at each scale. So attacks see scores of one scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from percept_adv.decisions import Rule

USUAL_SPREAD = 10.0
"""What photographs have under EfficientNet-Lite0 (8 to 12), whose scores stay about as they are."""


def score_scale(rule: Rule, scores: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the factor (N,) that brings the spread of each image's scores to the usual one.

    1 where the scores are all equal, or no numbers.

    Examples
    --------
    >>> from percept_adv.decisions import argmax
    >>> score_scale(argmax().rule, np.array([[6.0, 1.0, 1.0], [12.0, 2.0, 2.0]])).tolist()
    [2.0, 1.0]
    """
    spread = rule.spread(scores)
    usable = np.isfinite(spread) & (spread > 0)
    factor = USUAL_SPREAD / np.where(usable, spread, USUAL_SPREAD)
    return factor.astype(np.float32)
