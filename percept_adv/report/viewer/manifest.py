"""What a page tells its script: all scenes, views and statistics, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from percept_adv.report.viewer.facts import FIGURES
from percept_adv.report.viewer.scene import NO_QUANTILES, STATISTICS, VIEWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.report.viewer.scene import Quantiles, Scene


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
    quantiles
        By which scenes can be sorted too: the smallest, which are the most unusual, first.
    """

    scenes: Sequence[Scene]
    settings: dict[str, Any]
    arrangement: str = "pair"
    live: bool = False
    note: str = ""
    sort: str = "name"
    quantiles: Quantiles = NO_QUANTILES

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "version": version("percept-adv"),
            "live": self.live,
            "note": self.note,
            "sort": self.sort,
            "arrangement": self.arrangement,
            "settings": self.settings,
            "quantiles": {
                "note": self.quantiles.note,
                "few": self.quantiles.few,
                "figures": [_figure(*item) for item in self.quantiles.titles.items()],
            },
            "statistics": [_figure(key, one.title, one.means) for key, one in STATISTICS.items()],
            "facts": {one.title: one.means for one in FIGURES.values()},
            "views": [asdict(view) for view in VIEWS.values()],
            "scenes": [scene.as_dict() for scene in self.scenes],
        }

    def as_json(self) -> str:
        """Return JSON that can stand inside a script element."""
        text = json.dumps(self.as_dict(), allow_nan=False, separators=(",", ":"))
        # "</script>" in a file's name would end the element.
        return text.replace("<", "\\u003c")


def _figure(key: str, title: str, means: str = "") -> dict[str, str]:
    return {"key": key, "title": title, "means": means}
