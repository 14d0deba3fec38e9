"""How each library resizes: the real code, and the matrices that it amounts to."""

from __future__ import annotations

from percept_adv.pipeline.resampling.library import (
    LIBRARIES,
    check_resampling,
    library_of,
    resize_matrix,
)

__all__ = ["LIBRARIES", "check_resampling", "library_of", "resize_matrix"]
