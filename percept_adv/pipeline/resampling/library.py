"""The libraries by name, and which of their filters there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from percept_adv.errors import ParameterError
from percept_adv.pipeline.resampling import opencv, pillow, torch_rule
from percept_adv.pipeline.resampling.matrices import axis_matrix

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from scipy import sparse


class Library(Protocol):
    """What a module of this package offers of one library."""

    NAME: str
    FILTERS: Mapping[str, Any]

    def antialiases(self, name: str) -> tuple[bool, ...]:
        """Return what ``antialias`` may be for a filter, the default first."""

    def resize(
        self, image: NDArray[Any], height: int, width: int, name: str, *, antialias: bool
    ) -> NDArray[Any]:
        """Resize (H, W, C) of uint8 or float32 with a filter."""

    def resize_columns(
        self,
        block: NDArray[np.float32],
        height: int,
        name: str,
        *,
        antialias: bool,
        widens: bool,
    ) -> NDArray[np.float32]:
        """Resize the columns of a block (N, K) of float32 to (``height``, K)."""


LIBRARIES: dict[str, Library] = {
    module.NAME: cast("Library", module) for module in (pillow, opencv, torch_rule)
}


def library_of(name: str) -> Library:
    """Return a library.

    Parameters
    ----------
    name
        ``"pillow"``, ``"opencv"`` or ``"torch"``.

    Returns
    -------
    Library
        Its filters.

    Raises
    ------
    ParameterError
        If there is none of that name.

    Examples
    --------
    >>> from percept_adv.pipeline.resampling import library_of
    >>> type(library_of("pillow")).__name__
    'module'
    """
    if name not in LIBRARIES:
        raise ParameterError(f"library is {name!r}: use one of {', '.join(LIBRARIES)}")
    return LIBRARIES[name]


def resize_matrix(
    size: int, wanted: int, library: str, name: str, *, antialias: bool, widens: bool
) -> sparse.csr_array:
    """Return the matrix by which a library resizes one axis.

    Parameters
    ----------
    size
        Pixels before the resize.
    wanted
        Pixels after it.
    library
        ``"pillow"``, ``"opencv"`` or ``"torch"``.
    name
        Of the filter, such as ``"bilinear"``.
    antialias
        Whether the filter's support grows where it reduces.
    widens
        Whether the other axis is enlarged, on which OpenCV's choice of a filter depends.

    Returns
    -------
    sparse array
        (wanted, size); each row adds up to 1.

    Examples
    --------
    >>> from percept_adv.pipeline.resampling import resize_matrix
    >>> resize_matrix(4, 2, "pillow", "bilinear", antialias=True, widens=False).shape
    (2, 4)
    """
    columns = library_of(library).resize_columns
    return axis_matrix(size, wanted, columns, name, antialias=antialias, widens=widens)


def check_resampling(library: str, name: str, *, antialias: bool | None) -> bool:
    """Return whether a filter antialiases, by its default if ``antialias`` is None.

    Parameters
    ----------
    library
        ``"pillow"``, ``"opencv"`` or ``"torch"``.
    name
        Of the filter, such as ``"bilinear"``.
    antialias
        What is asked for; None for the library's default.

    Returns
    -------
    bool
        Whether the filter's support grows where it reduces.

    Raises
    ------
    ParameterError
        If the library has no such filter, or not with or without antialiasing.

    Examples
    --------
    >>> from percept_adv.pipeline.resampling import check_resampling
    >>> check_resampling("pillow", "bilinear", antialias=None)
    True
    """
    found = library_of(library)
    if name not in found.FILTERS:
        raise ParameterError(
            f"filter is {name!r}: with library {library!r} use one of {', '.join(found.FILTERS)}"
        )
    possible = found.antialiases(name)
    if antialias is None:
        return possible[0]
    if antialias not in possible:
        verb = "always antialiases" if possible[0] else "never antialiases"
        raise ParameterError(
            f"antialias is {str(antialias).lower()}: the filter {name!r} of library {library!r} "
            f"{verb}; leave it out, or name the library that the pipeline uses"
        )
    return antialias
