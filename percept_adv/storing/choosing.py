"""From ``--store``, ``--quality`` and ``--subsampling`` to the store of each image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from percept_adv.errors import ImageError, ParameterError
from percept_adv.images.content import read_content
from percept_adv.storing.jpeg import Jpeg, Subsampling, keep_format
from percept_adv.storing.png import Png

if TYPE_CHECKING:
    import os

    from percept_adv.storing.lattice import Store

StoreName = Literal["png", "jpeg", "source"]
STORES: tuple[StoreName, ...] = ("png", "jpeg", "source")


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """What results are stored as.

    Attributes
    ----------
    store
        ``"png"``, ``"jpeg"``, or ``"source"`` for the format of each input.
    quality, subsampling
        Of ``"jpeg"``; by default 90 and ``"4:2:0"``.

    Examples
    --------
    >>> StoreChoice("jpeg", quality=75).of("photograph.png")[0]
    Jpeg(quality=75, subsampling='4:2:0')
    """

    store: StoreName = "png"
    quality: int | None = None
    subsampling: Subsampling | None = None

    def __post_init__(self) -> None:
        if self.store not in STORES:
            raise ParameterError(f"store is {self.store!r}: use one of {', '.join(STORES)}")
        for name in ("quality", "subsampling"):
            if self.store != "jpeg" and getattr(self, name) is not None:
                raise ParameterError(f"{name} belongs to store jpeg, not to {self.store}")
        self._jpeg()

    def of(self, path: str | os.PathLike[str]) -> tuple[Store, str]:
        """Return the store for an image file, and a note where its own format cannot be kept.

        Parameters
        ----------
        path
            The input.

        Returns
        -------
        store, note
            The note is empty where there is nothing to say.

        Raises
        ------
        ImageError
            If the file has to be read and cannot be.
        """
        if self.store == "source":
            return keep_format(read_content(Path(path)))
        return (Png() if self.store == "png" else self._jpeg()), ""

    def suffix_of(self, path: str | os.PathLike[str]) -> str:
        """Return the suffix of the file that `of` leads to; PNG's where the input is unreadable.

        Parameters
        ----------
        path
            The input.

        Returns
        -------
        str
            Such as ``".jpg"``.
        """
        try:
            return self.of(path)[0].suffix
        except ImageError:
            return Png().suffix

    @property
    def name(self) -> str:
        """For tables and records, such as ``"jpeg 75 4:2:0"``."""
        if self.store != "jpeg":
            return self.store
        jpeg = self._jpeg()
        return f"jpeg {jpeg.quality} {jpeg.subsampling}"

    def _jpeg(self) -> Jpeg:
        given = {"quality": self.quality, "subsampling": self.subsampling}
        return Jpeg(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


PNG = StoreChoice()
"""What results are stored as where nothing else is asked for."""
