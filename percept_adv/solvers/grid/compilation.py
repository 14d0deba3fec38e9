"""How the kernels of this package are compiled."""

from typing import Any

from numpy.typing import NDArray

from percept_adv import compilation

Values = NDArray[Any]

# Multiplications may fuse with additions, sums may be reordered; NaN and infinity keep
# their meaning. Kernels work on the rows [start, stop) of arrays with a border of zeros.
_FAST = {"contract", "nsz", "arcp", "reassoc"}
kernel = compilation.kernel(fastmath=_FAST)
part = compilation.part(fastmath=_FAST)
inlined = compilation.part(fastmath=_FAST, inline="always")
