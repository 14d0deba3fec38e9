"""Several metrics of several images against one reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.images import check_memory
from percept_adv.metrics.inputs import usable_image
from percept_adv.metrics.registry import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from percept_adv.metrics.apparent_distortion.comparison import Version
    from percept_adv.metrics.registry import Metric, Prepared


class Measurer:
    """Measures images against one reference; what MAD needs of it is computed once.

    Parameters
    ----------
    reference : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].
    names : sequence of str
        Metrics, by their names in the registry. HI and LO always come beside MAD.
    version
        See `MadReference`.
    block_size
        See `MadReference`.

    Raises
    ------
    ParameterError
        If a metric does not exist.
    ImageError, ShapeError
        If no metric can use the reference.

    Examples
    --------
    >>> from percept_adv.metrics import Measurer
    >>> measurer = Measurer(np.zeros((8, 8)), ["l2", "linf"])
    >>> measurer.measure(np.full((8, 8), 0.5))
    {'l2': 4.0, 'linf': 0.5}
    """

    def __init__(
        self,
        reference: ArrayLike,
        names: Sequence[str],
        *,
        version: Version = "2010",
        block_size: int = 16,
    ) -> None:
        self._metrics = resolve(names)
        self._reference = usable_image(reference, name="the reference")
        self._options = {"version": version, "block_size": block_size}
        self._prepared: dict[type[Prepared], Prepared] = {}

    def smallest_side(self, name: str) -> int:
        """Return the pixels that each side needs for a metric, with this block size.

        Parameters
        ----------
        name
            Of a metric.

        Returns
        -------
        int
            Pixels.
        """
        (asked, *_) = resolve([name])
        if asked.prepared is None:
            return asked.smallest_side
        return asked.prepared.smallest_side(**self._options)

    def fits(self, name: str) -> bool:
        """Whether the reference is large enough for a metric.

        Parameters
        ----------
        name
            Of a metric.

        Returns
        -------
        bool
            True where each side has `smallest_side` pixels.
        """
        rows, columns = self._reference.shape[:2]
        return self.smallest_side(name) <= min(int(rows), int(columns))

    def measure(self, image: ArrayLike, *, skip_too_small: bool = False) -> dict[str, float]:
        """Return the metrics of ``image`` by name, in the order asked for.

        Parameters
        ----------
        image : array_like
            Of the reference's shape.
        skip_too_small : bool
            Leave out the metrics that need larger images, instead of raising.

        Returns
        -------
        dict
            A float for each name.

        Raises
        ------
        ShapeError
            If the shapes differ, or a metric needs a larger image.
        ImageError
            If the values are unusable, or the memory that is free is not enough.
        """
        array = usable_image(image, name="the image")
        metrics = [m for m in self._metrics if not skip_too_small or self.fits(m.name)]
        self._check_memory(metrics)
        compared: dict[type[Prepared], Any] = {}
        values = {}
        # What needs the most memory comes first: what others leave behind would lie beside it.
        for one in sorted(metrics, key=lambda metric: -metric.bytes_per_pixel):
            if one.prepared is None:
                values[one.name] = one.function(self._reference, array)
                continue
            if one.prepared not in compared:
                compared[one.prepared] = self._compare(one.prepared, array)
            values[one.name] = float(getattr(compared[one.prepared], one.part))
        return {one.name: values[one.name] for one in metrics}

    def _compare(self, kind: type[Prepared], image: NDArray[Any]) -> Any:
        """Compute what several metrics are a part of, once for all of them."""
        if kind not in self._prepared:
            self._prepared[kind] = kind(self._reference, **self._options)
        return self._prepared[kind].compare(image)

    def _check_memory(self, metrics: list[Metric]) -> None:
        rows, columns = self._reference.shape[:2]
        pixels = int(rows) * int(columns)
        most = max((one.bytes_per_pixel for one in metrics), default=0)
        check_memory(most * pixels, f"measuring {pixels / 1e6:.2g} megapixels")
