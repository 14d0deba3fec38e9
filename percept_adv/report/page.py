"""Self-contained HTML pages: pictures travel inside the file."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from percept_adv.images import atomic_write, encode_png

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def data_uri(picture: NDArray[Any] | bytes) -> str:
    """Return a picture (H, W), (H, W, 1) or (H, W, 3), or the bytes of a PNG, as a data URI."""
    encoded = picture if isinstance(picture, bytes) else encode_png(picture)
    return "data:image/png;base64," + b64encode(encoded).decode()


def write_page(path: Path, template: str, **content: Any) -> None:
    """Fill a template of the package ``percept_adv.report`` and write the page whole.

    Every template of a page extends ``base.html``, which shows ``title``, ``lead`` and ``footer``.

    Raises
    ------
    OutputError
        If the page cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("percept_adv.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )
    environment.filters["data_uri"] = data_uri
    page = environment.get_template(template).render(**content)
    with atomic_write(path) as part:
        part.write_text(page, encoding="utf-8")
