"""``jpeg:QUALITY``: saved again as JPEG, as every messenger does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from percept_adv.errors import ParameterError
from percept_adv.storing import Jpeg
from percept_adv.transformations.numbers import read_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from percept_adv.storing.jpeg import Subsampling


@dataclass(frozen=True, slots=True)
class SavedAsJpeg:
    """Compress and decode.

    Attributes
    ----------
    quality, subsampling
        See `percept_adv.storing.Jpeg`.
    """

    kind: ClassVar[str] = "jpeg"
    usage: ClassVar[str] = "jpeg:QUALITY[:4:4:4|4:2:2|4:2:0], saved again as JPEG"

    quality: int = 75
    subsampling: Subsampling = "4:2:0"

    def __post_init__(self) -> None:
        Jpeg(self.quality, self.subsampling)

    @classmethod
    def read(cls, values: Sequence[str]) -> SavedAsJpeg:
        """Read quality and, behind it, the subsampling."""
        (quality,) = read_numbers(values[:1], cls.usage, least=1, most=1)
        if quality != int(quality):
            raise ParameterError(f"{quality:g} is no whole number: give {cls.usage}")
        if len(values) == 1:
            return cls(int(quality))
        return cls(int(quality), ":".join(values[1:]))  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """As on the command line."""
        own = f"jpeg:{self.quality}"
        return own if self.subsampling == "4:2:0" else f"{own}:{self.subsampling}"

    def apply(self, image: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return what the JPEG of the image decodes to."""
        decoded, _ = Jpeg(self.quality, self.subsampling).begin(image)
        return decoded

    def pull_back(
        self,
        image: NDArray[np.floating],  # noqa: ARG002
        gradient: NDArray[np.floating],
    ) -> NDArray[np.float32]:
        """Return the gradient as it is: what JPEG loses of a perturbation is rounding."""
        return np.asarray(gradient, np.float32)
