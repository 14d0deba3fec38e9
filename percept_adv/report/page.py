"""Pages from templates: documents, and the viewer from disk or from a server."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from percept_adv.images import encode_png, write_text
from percept_adv.report.viewer.assets import LIBRARY, MODULES, STYLE, asset_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def data_uri(picture: NDArray[Any] | bytes) -> str:
    """Return a picture (H, W), (H, W, 1) or (H, W, 3), or the bytes of a PNG, as a data URI."""
    encoded = picture if isinstance(picture, bytes) else encode_png(picture)
    return "data:image/png;base64," + b64encode(encoded).decode()


def render_page(template: str, **content: Any) -> str:
    """Fill a template of the package ``percept_adv.report``.

    Every template of a page extends ``base.html``, which shows ``title`` and, of a document,
    ``lead`` and ``footer``.
    """
    environment = Environment(
        loader=PackageLoader("percept_adv.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
    )
    environment.filters["data_uri"] = data_uri
    environment.globals.update(
        style_sheet=lambda: _text(STYLE),
        library_text=lambda: _text(LIBRARY),
        served_modules=lambda: _import_map({name: f"./assets/{name}.js" for name in MODULES}),
        enclosed_modules=lambda: _import_map({name: _module_uri(name) for name in MODULES}),
    )
    return environment.get_template(template).render(**content)


def write_page(path: Path, template: str, **content: Any) -> None:
    """Fill a template as `render_page` does and write the page whole.

    Parameters
    ----------
    path
        The page.
    template
        Name of a template.
    **content
        What the template shows.

    Raises
    ------
    OutputError
        If the page cannot be written.

    Examples
    --------
    >>> from percept_adv.report import write_page
    >>> write_page(folder / "index.html", "run.html", title="c4")  # doctest: +SKIP
    """
    write_text(path, render_page(template, **content))


def _import_map(addresses: dict[str, str]) -> str:
    return json.dumps({"imports": {f"viewer/{name}": at for name, at in addresses.items()}})


def _module_uri(name: str) -> str:
    """Enclose a module: browsers let a page from disk import nothing else."""
    return "data:text/javascript;base64," + b64encode(asset_bytes(f"{name}.js")).decode()


def _text(name: str) -> str:
    return asset_bytes(name).decode()
