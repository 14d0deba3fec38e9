"""What a viewer shows: scenes, the subjects of each, and the views of each subject."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from percept_adv.views import FURTHER_VIEWS


@dataclass(frozen=True, slots=True)
class Figure:
    """What a page calls a number, and what the number means."""

    title: str
    means: str


STATISTICS = {
    "rms_flat": Figure(
        "RMS in flat areas",
        "root mean square of the magnified values in the flattest quarter of the image; noise, "
        "JPEG and strong attacks raise it",
    ),
    "share_clipped": Figure(
        "Share clipped", "share of the magnified values that are shown as black or white"
    ),
    "sigma_global": Figure(
        "Sigma global",
        "standard deviation of the image, values in [0, 1]: what the deviations are divided by at "
        "beta 0",
    ),
    "p1": Figure("1st percentile", "magnified value above which 99 % of all lie; grey is 0"),
    "p5": Figure("5th percentile", "the same for 95 %"),
    "p50": Figure("Median", "the same for half of them"),
    "p95": Figure("95th percentile", "the same for 5 %"),
    "p99": Figure("99th percentile", "the same for 1 %"),
}
"""Of a scene, by key; those that ``magnify --json`` reports."""


@dataclass(frozen=True, eq=False, slots=True)
class Quantiles:
    """What a page says of quantiles among clean images.

    Attributes
    ----------
    titles
        By key; the smallest of all first.
    note
        What a quantile means.
    few
        What has to be said of too few clean images.

    Examples
    --------
    >>> from percept_adv.report import Quantiles
    >>> Quantiles({"q_margin": "Margin of the scores"}).few is None
    True
    """

    titles: dict[str, str] = field(default_factory=dict)
    note: str = ""
    few: str | None = None


NO_QUANTILES = Quantiles()


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
