"""Several metrics of several images against one reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv.metrics.apparent_distortion import MadReference, smallest_side
from percept_adv.metrics.inputs import usable_image
from percept_adv.metrics.registry import MAD_FIELDS, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from percept_adv.metrics.apparent_distortion.comparison import Version
    from percept_adv.metrics.registry import Metric


class Measurer:
    """Measures images against one reference; what MAD needs of it is computed once.

    Parameters
    ----------
    reference : array_like, (H, W) or (H, W, 3)
        8-bit values, or floats in [0, 1].
    names : sequence of str
        Metrics, by their names in the registry. HI and LO always come beside MAD.
    version, block_size
        See `MadReference`.

    Raises
    ------
    ParameterError
        If a metric does not exist.
    ImageError, ShapeError
        If no metric can use the reference.
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
        self._version = version
        self._block_size = block_size
        self._mad: MadReference | None = None

    def smallest_side(self, name: str) -> int:
        """Return the pixels that each side needs for a metric, with this block size."""
        if name in MAD_FIELDS:
            return smallest_side(self._block_size)
        return resolve([name])[0].smallest_side

    def fits(self, name: str) -> bool:
        """Whether the reference is large enough for a metric."""
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

        Raises
        ------
        ShapeError
            If the shapes differ, or a metric needs a larger image.
        ImageError
            If the values are unusable.
        """
        array = usable_image(image, name="the image")
        metrics = [m for m in self._metrics if not skip_too_small or self.fits(m.name)]
        apparent = self._apparent(array, metrics)
        return {
            metric.name: apparent[metric.name]
            if metric.name in apparent
            else metric.function(self._reference, array)
            for metric in metrics
        }

    def _apparent(self, image: NDArray[Any], metrics: list[Metric]) -> dict[str, float]:
        """Compute MAD once for all metrics that are a part of it."""
        wanted = [metric.name for metric in metrics if metric.name in MAD_FIELDS]
        if not wanted:
            return {}
        if self._mad is None:
            self._mad = MadReference(
                self._reference, version=self._version, block_size=self._block_size
            )
        components = self._mad.compare(image)
        return {name: float(getattr(components, MAD_FIELDS[name])) for name in wanted}
