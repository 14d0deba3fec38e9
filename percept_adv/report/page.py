"""Self-contained HTML pages: pictures travel inside the file."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import cv2
from jinja2 import Environment, PackageLoader, StrictUndefined

from percept_adv.images import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def data_uri(picture: NDArray[np.uint8]) -> str:
    """Return a picture (H, W, 3) or (H, W[, 1]) as a PNG in a data URI."""
    samples = picture[..., ::-1] if picture.shape[2:] == (3,) else picture
    _, encoded = cv2.imencode(".png", samples)
    return "data:image/png;base64," + b64encode(encoded.tobytes()).decode()


def write_page(path: Path, template: str, **content: Any) -> None:
    """Fill a template of the package ``percept_adv.report`` and write the page whole.

    Raises
    ------
    OutputError
        If the page cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("percept_adv.report"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["data_uri"] = data_uri
    page = environment.get_template(template).render(**content)
    with atomic_write(path) as part:
        part.write_text(page, encoding="utf-8")
