"""A pipeline: steps in order, in the real form that decides and the affine one that steers."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from percept_adv.errors import ParameterError, ShapeError
from percept_adv.pipeline.affine import Affine
from percept_adv.pipeline.channel_order import ChannelOrder
from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.data_type import DataType
from percept_adv.pipeline.layout import Layout
from percept_adv.pipeline.orientation import Orientation
from percept_adv.pipeline.required import RequiredSize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from percept_adv.pipeline.step import Shape, Step

_BY_CHANNEL = "mean", "std", "fill"
"""Fields of steps that hold one value for all channels, or one for each."""
_PROBES = (101, 149), (149, 101), (13, 29), (1, 1)
"""Sizes that a pipeline of a fixed output brings to one, as far as it takes them."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What is done to the 8-bit samples of a file before they enter a model.

    Attributes
    ----------
    steps
        In order. Layout and type are the last ones; by default axes NCHW and float32.

    Examples
    --------
    >>> from percept_adv.pipeline import CentreCrop, Normalise, Pipeline, Rescale, Resize
    >>> pipeline = Pipeline((Resize(shortest_edge=256), CentreCrop(224, 224), Rescale()))
    >>> pipeline.prepare(np.zeros((300, 400, 3), np.uint8)).shape
    (3, 224, 224)
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        channels = 3
        for number, step in enumerate(self.steps, 1):
            channels = step.channels if isinstance(step, ColourMode) else channels
            for name in filter(partial(hasattr, step), _BY_CHANNEL):
                given = getattr(step, name)
                if len(given) not in (1, channels):
                    raise ParameterError(
                        f"step {number} ({step.kind}): {name} has {len(given)} values for an image "
                        f"of {channels} channel{'s' * (channels > 1)}: give one, or one a channel"
                    )

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[Any]:
        """Return what the model gets, without the batch, computed as the deployed code does.

        Parameters
        ----------
        image
            (H, W, C) of uint8, RGB or one channel: the samples as a decoder gives them.

        Returns
        -------
        ndarray
            Of the axes and the type of the model's input.

        Raises
        ------
        ShapeError
            If a step does not take the size.
        """
        values: NDArray[Any] = _checked(image)
        for step in self._completed():
            values = step.apply(values)
        return np.ascontiguousarray(values)

    def linear(self, shape: Shape) -> Affine:
        """Return the affine form for images of a shape (H, W, C).

        It takes values of 0 to 255, as `prepare` does, and gives (h, w, c): what the model gets
        but for the layout, and for all rounding.

        Parameters
        ----------
        shape
            (H, W, C) of the files.

        Returns
        -------
        Affine
            All steps as one map.

        Raises
        ------
        ShapeError
            If a step does not take the size.
        """
        form = Affine.identity(shape)
        for step in self.steps:
            form = step.affine(form.output_shape).after(form)
        return form

    @property
    def geometry(self) -> Pipeline:
        """The steps that change size, place or number of samples."""
        return Pipeline(tuple(step for step in self.steps if step.is_geometric))

    @property
    def values(self) -> Pipeline:
        """The steps that change the values of single samples."""
        return Pipeline(tuple(step for step in self.steps if not step.is_geometric))

    def fit(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return an image at the network's size, in 8 bits: what the geometry makes of it.

        Parameters
        ----------
        image
            (H, W, C) of uint8.

        Returns
        -------
        ndarray of uint8
            (h, w, c).

        Raises
        ------
        ShapeError
            If a step does not take the size.
        """
        values: NDArray[Any] = _checked(image)
        for step in self.geometry.steps:
            values = step.apply(values)
        return np.asarray(values, np.uint8)

    def network_shape(self, shape: Shape) -> Shape:
        """Return height, width and channels at the network, for images of a shape.

        Parameters
        ----------
        shape
            (H, W, C) of the files.

        Returns
        -------
        tuple of int
            (h, w, c).

        Raises
        ------
        ShapeError
            If a step does not take the size.
        """
        return self.geometry.linear(shape).output_shape

    @property
    def size(self) -> tuple[int | None, int | None]:
        """Height and width at the network; None where they depend on the image."""
        sizes = [size for probe in _PROBES for size in self._sizes_after(*probe)]
        return _only(size[0] for size in sizes), _only(size[1] for size in sizes)

    @property
    def channels(self) -> int:
        """Number of channels at the network."""
        modes = [step for step in self.steps if isinstance(step, ColourMode)]
        return modes[-1].channels if modes else 3

    @property
    def layout_step(self) -> Layout:
        """How the samples lie in the model's input."""
        return next((s for s in self.steps if isinstance(s, Layout)), Layout())

    @property
    def layout(self) -> str:
        """The axes of the model's input, or those that were flattened."""
        return self.layout_step.axes

    @property
    def has_layout(self) -> bool:
        """Whether a step names the layout."""
        return any(isinstance(step, Layout) for step in self.steps)

    @property
    def channel_order(self) -> str:
        """``"RGB"``, ``"BGR"`` or ``"grey"``."""
        if self.channels == 1:
            return "grey"
        orders = [step.order for step in self.steps if isinstance(step, ChannelOrder)]
        return "BGR" if orders.count("BGR") % 2 else "RGB"

    @property
    def applies_orientation(self) -> bool:
        """Whether a file's EXIF orientation is applied, as it is where nothing is said."""
        return all(s.exif == "applied" for s in self.steps if isinstance(s, Orientation))

    @property
    def changes_size(self) -> bool:
        """Whether images of more than one size are taken and brought to others."""
        return any(
            step.is_geometric and not isinstance(step, ColourMode | Orientation | RequiredSize)
            for step in self.steps
        )

    def ending(self, layout: Layout, type_name: str) -> Pipeline:
        """Return the pipeline with the layout and the type of a model's input at its end.

        Parameters
        ----------
        layout
            The model's axes.
        type_name
            The type of its input, such as ``"float32"``.

        Returns
        -------
        Pipeline
            With these as its last steps.
        """
        steps = list(self.steps)
        while steps and isinstance(steps[-1], Layout | DataType):
            steps.pop()
        return Pipeline((*steps, layout, DataType(cast("Any", type_name))))

    def table(self) -> list[dict[str, Any]]:
        """Return the steps as plain values, as a TOML file or a record has them."""
        return [_table(step) for step in self.steps]

    def words(self) -> list[str]:
        """Return one phrase for each step."""
        return [step.words() for step in self._completed()]

    def _completed(self) -> tuple[Step, ...]:
        """Return the steps with the layout and type that are not named."""
        missing: list[Step] = [
            default
            for default in (Layout(), DataType())
            if not any(step.kind == default.kind for step in self.steps)
        ]
        return (*self.steps, *missing)

    def _sizes_after(self, height: int, width: int) -> list[tuple[int, int]]:
        """Return the size at the network for images of a size; none if it is not taken."""
        for step in self.steps:
            if isinstance(step, RequiredSize):
                height, width = step.height or height, step.width or width
        try:
            return [self.network_shape((height, width, self.channels))[:2]]
        except ShapeError:
            return []


def _only(values: Iterable[int]) -> int | None:
    """Return the value that all are, or None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _checked(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ShapeError(
            f"the image is {image.dtype} of shape {image.shape}: a pipeline takes 8-bit samples "
            "(height, width, 1 or 3 channels)"
        )
    return image


def _table(step: Step) -> dict[str, Any]:
    """Return a step's kind and those of its fields that are not at their defaults."""
    values: dict[str, Any] = {"kind": step.kind}
    for field in fields(step):  # type: ignore[arg-type]
        value = getattr(step, field.name)
        if field.default is MISSING or value != field.default:
            values[field.name] = list(value) if isinstance(value, tuple) else value
    return values
