"""What a page tells its script: all scenes, views and statistics, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from percept_adv.report.viewer.scene import STATISTICS, VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.report.viewer.scene import Scene


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that the script of a viewer is given.

    Attributes
    ----------
    scenes
        In their first order.
    settings
        Of the magnification: beta, domain_sigma, range_sigma, gain.
    arrangement
        ``pair``: the image and its magnification; ``attacks``: all attacks beside each other.
    live
        Whether a server recomputes; otherwise pictures lie on disk.
    note
        What the reader should bear in mind.
    sort
        The statistic by which the list is sorted first, or its name.
    extra_statistics
        Titles of more statistics by which scenes can be sorted, by key.
    """

    scenes: Sequence[Scene]
    settings: dict[str, Any]
    arrangement: str = "pair"
    live: bool = False
    note: str = ""
    sort: str = "name"
    extra_statistics: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "version": version("percept-adv"),
            "live": self.live,
            "note": self.note,
            "sort": self.sort,
            "arrangement": self.arrangement,
            "settings": self.settings,
            "statistics": [
                {"key": key, "title": title}
                for key, title in {**self.extra_statistics, **STATISTICS}.items()
            ],
            "views": [asdict(view) for view in VIEWS.values()],
            "scenes": [scene.as_dict() for scene in self.scenes],
        }

    def as_json(self) -> str:
        """Return JSON that can stand inside a script element."""
        text = json.dumps(self.as_dict(), allow_nan=False, separators=(",", ":"))
        # "</script>" in a file's name would end the element.
        return text.replace("<", "\\u003c")
