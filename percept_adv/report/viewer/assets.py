"""The viewer's scripts and style sheet, as the package holds them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_TYPES = {".js": "text/javascript", ".css": "text/css"}
MODULES = (
    "addresses", "arrangement", "controls", "facts", "keys", "list", "live", "main", "panes",
    "readings", "stage", "state", "tiles", "visible",
)  # fmt: skip
"""Our ES modules."""

LIBRARY = "openseadragon.min.js"
STYLE = "viewer.css"
_NAMES = {LIBRARY, STYLE, *(f"{name}.js" for name in MODULES)}


def asset(name: str) -> tuple[bytes, str] | None:
    """Return content and media type of an asset; None for any other name."""
    if name not in _NAMES:
        return None
    return asset_bytes(name), _TYPES[name[name.rindex(".") :]]


@cache
def asset_bytes(name: str) -> bytes:
    """Return the content of a file of the folder ``files``."""
    return (files("percept_adv.report.viewer") / "files" / name).read_bytes()
