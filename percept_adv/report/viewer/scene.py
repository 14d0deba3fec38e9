"""What a viewer shows: scenes, the subjects of each, and the views of each subject."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from percept_adv.views import FURTHER_VIEWS

STATISTICS = {
    "rms_flat": "RMS in flat areas",
    "share_clipped": "Share clipped",
    "sigma_global": "Sigma global",
    "p1": "1st percentile",
    "p5": "5th percentile",
    "p50": "Median",
    "p95": "95th percentile",
    "p99": "99th percentile",
}
"""Of a scene, by key, with their titles; those that ``magnify --json`` reports."""


@dataclass(frozen=True, slots=True)
class ViewInfo:
    """What a page says of a view; ``gain`` names the slider that drives it, None for none."""

    name: str
    title: str
    shows: str
    gain: str | None


STORED = ViewInfo("stored", "Image", "The pixels as the file stores them.", None)
MAGNIFIED = ViewInfo(
    "magnified",
    "Magnified",
    "Each pixel's deviation from its surroundings, divided by how much they vary (eq. 22 of Zhang "
    "et al. 2020). Flat areas show what is hidden in them, be it an attack, noise or JPEG; attacks "
    "that follow the image do not show.",
    "gain",
)
DIFFERENCE = ViewInfo(
    "difference",
    "Difference",
    "The image minus its reference; mid-grey is no difference. All subjects of a scene have one "
    "gain.",
    "difference_gain",
)

VIEWS: dict[str, ViewInfo] = {
    info.name: info
    for info in (
        STORED,
        MAGNIFIED,
        DIFFERENCE,
        *(
            ViewInfo(view.name, view.title, view.shows, "view_gain")
            for view in FURTHER_VIEWS.values()
        ),
    )
}
"""All views by name."""


@dataclass(slots=True)
class Subject:
    """One picture of a scene: an image, its clean reference, or what an attack made of it.

    Attributes
    ----------
    id, label
        For links, and for people.
    reference
        Whether it is what the others of the scene are compared with.
    facts
        What is known of it, such as an attack's metrics: a table's row.
    pictures
        On disk, the URL of each view; of a live page, empty.
    """

    id: str
    label: str
    reference: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Scene:
    """One line of the list, and what is shown when it is chosen."""

    id: str
    name: str
    subjects: list[Subject]
    width: int | None = None
    height: int | None = None
    bit_depth: int | None = None
    thumbnail: str | None = None
    statistics: dict[str, float] = field(default_factory=dict)
    difference_gain: float = 1.0
    warnings: list[str] = field(default_factory=list)
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def flat_statistics(record: dict[str, Any]) -> dict[str, float]:
    """Return the sortable statistics out of a record of ``magnify --json``."""
    deviations = record["sigma_global"]
    percentiles = {f"p{percent}": value for percent, value in record["percentiles"].items()}
    known = {
        "rms_flat": record["rms_flat"],
        "share_clipped": record["share_clipped"],
        "sigma_global": sum(deviations) / len(deviations),
        **percentiles,
    }
    return {key: float(known[key]) for key in STATISTICS}
