"""How the kernels of this package are compiled."""

from typing import Any

from numba import njit
from numpy.typing import NDArray

Values = NDArray[Any]

# Multiplications may fuse with additions, sums may be reordered; NaN and infinity keep
# their meaning. Kernels work on the rows [start, stop) of arrays with a border of zeros.
kernel = njit(
    cache=True,
    nogil=True,
    error_model="numpy",
    fastmath={"contract", "nsz", "arcp", "reassoc"},
)
