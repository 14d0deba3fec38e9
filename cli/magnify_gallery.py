"""A self-contained page that shows images beside what magnification makes of them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

from percept_adv.images import encode_png

from .magnify_rank import NOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CAPTIONS = ("image", "magnified", "magnified reference")


@dataclass(frozen=True)
class Entry:
    """One row of the page: pairs of a caption and a picture as a data address."""

    record: dict[str, Any]
    panels: list[tuple[str, str]]

    @classmethod
    def of(cls, record: dict[str, Any], pictures: Sequence[NDArray[Any]]) -> Entry:
        """Encode the pictures of one image."""
        encoded = [base64.b64encode(encode_png(picture)).decode() for picture in pictures]
        addresses = [f"data:image/png;base64,{text}" for text in encoded]
        return cls(record, list(zip(_CAPTIONS, addresses, strict=False)))


def make_gallery(entries: Sequence[Entry], parameters: dict[str, Any]) -> str:
    """Return the page as HTML."""
    source = files(__package__).joinpath("templates", "magnify.html.j2").read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(source).render(entries=entries, parameters=parameters, note=NOTE)
