"""Where a page's pictures are kept: beside it in a folder, or inside it."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from percept_adv.images import atomic_write, encode_png
from percept_adv.report.viewer.assets import LIBRARY, asset_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = "viewer"
"""Beside the page: pictures, thumbnails, and the zooming library with its licence."""

_LICENCE = "openseadragon.LICENSE.txt"


class Shelf(Protocol):
    """Keeps pictures and returns the addresses by which a page finds them."""

    @property
    def library(self) -> str | None:
        """Address of the zooming library; None where it stands inside the page."""

    def picture(self, name: str, pixels: NDArray[np.uint8]) -> str:
        """Keep a picture under a relative name without suffix."""

    def file(self, path: Path) -> str:
        """Show a PNG that lies below the page's folder."""

    def thumbnail(self, name: str, content: bytes) -> str:
        """Keep a WebP thumbnail under a relative name without suffix."""


class FolderShelf:
    """Keeps pictures in the folder ``viewer`` beside the page.

    Parameters
    ----------
    page
        Path of the page.

    Raises
    ------
    OutputError
        If the folder cannot be written.

    Examples
    --------
    >>> from percept_adv.report import FolderShelf
    >>> shelf = FolderShelf(folder / "index.html")
    >>> shelf.picture("black", np.zeros((2, 2, 3), np.uint8))
    'viewer/black.png'
    """

    library = f"{FOLDER}/{LIBRARY}"

    def __init__(self, page: Path) -> None:
        self._root = page.parent
        for name in (LIBRARY, _LICENCE):
            self._keep(Path(FOLDER) / name, asset_bytes(name))

    def picture(self, name: str, pixels: NDArray[np.uint8]) -> str:
        """Write a PNG.

        Parameters
        ----------
        name
            Without a suffix.
        pixels
            (H, W) or (H, W, 3).

        Returns
        -------
        str
            Where it lies, seen from the page.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        return self._keep(Path(FOLDER) / f"{name}.png", encode_png(pixels))

    def file(self, path: Path) -> str:
        """Return where a PNG lies, seen from the page.

        Parameters
        ----------
        path
            Of the PNG.

        Returns
        -------
        str
            The relative path.
        """
        return _address(path.resolve().relative_to(self._root.resolve()))

    def thumbnail(self, name: str, content: bytes) -> str:
        """Write a WebP.

        Parameters
        ----------
        name
            Without a suffix.
        content
            Of the WebP.

        Returns
        -------
        str
            Where it lies, seen from the page.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        return self._keep(Path(FOLDER) / f"{name}.webp", content)

    def _keep(self, relative: Path, content: bytes) -> str:
        with atomic_write(self._root / relative) as part:
            part.write_bytes(content)
        return _address(relative)


class PageShelf:
    """Keeps pictures as data URIs, so that the page is one file."""

    library = None

    def picture(self, name: str, pixels: NDArray[np.uint8]) -> str:  # noqa: ARG002
        """Encode a PNG."""
        return _uri("image/png", encode_png(pixels))

    def file(self, path: Path) -> str:
        """Enclose a PNG."""
        return _uri("image/png", path.read_bytes())

    def thumbnail(self, name: str, content: bytes) -> str:  # noqa: ARG002
        """Enclose a WebP."""
        return _uri("image/webp", content)


def _uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"


def _address(relative: Path) -> str:
    """Return a path as the address of a link; names of files may be no text."""
    return quote(os.fsencode(relative.as_posix()))
