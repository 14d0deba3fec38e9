"""What is recorded of the constants that other inputs than the image are held at."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

_SHOWN = 16


def record_of(inputs: Mapping[str, ArrayLike]) -> dict[str, Any]:
    """Return constants as JSON can hold them: up to 16 values, or the digest of more.

    Parameters
    ----------
    inputs
        Constants by the names of inputs.

    Returns
    -------
    dict
        A number, a list, or shape and digest for each.

    Examples
    --------
    >>> record_of({"age": 45.0})
    {'age': 45.0}
    """
    return {name: _record(np.asarray(inputs[name])) for name in sorted(inputs)}


def _record(array: np.ndarray[Any, np.dtype[Any]]) -> Any:
    if array.size <= _SHOWN:
        return array.tolist()
    content = np.ascontiguousarray(array)
    return {
        "shape": list(array.shape),
        "type": str(array.dtype),
        "sha256": hashlib.sha256(content.tobytes()).hexdigest(),
    }
