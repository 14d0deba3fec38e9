"""The page of ``magnify --html``: the viewer from disk, with what was magnified."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.images import from_uint8
from percept_adv.report.page import write_page
from percept_adv.report.pictures import common_gain, perturbation_picture
from percept_adv.report.viewer.manifest import Manifest
from percept_adv.report.viewer.notes import told_once
from percept_adv.report.viewer.scene import NO_QUANTILES, Scene, Subject, flat_statistics
from percept_adv.report.viewer.shelf import FolderShelf, PageShelf
from percept_adv.report.viewer.thumbnails import thumbnail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.report.viewer.scene import Quantiles
    from percept_adv.report.viewer.shelf import Shelf

_SETTINGS = ("beta", "domain_sigma", "range_sigma", "gain")


class Gallery:
    """A page that grows by one image at a time: pictures leave the memory as they are added.

    Parameters
    ----------
    page
        The HTML file.
    single_file
        Whether pictures stand inside the page or in a folder beside it.
    quantiles
        By which the list can be sorted too: ``q_NAME`` for the quantile of a score.

    Raises
    ------
    OutputError
        If the folder cannot be written.

    Examples
    --------
    >>> from percept_adv.report import Gallery
    >>> gallery = Gallery(folder / "index.html", single_file=True)
    >>> gallery.count
    0
    """

    def __init__(
        self, page: Path, *, single_file: bool, quantiles: Quantiles = NO_QUANTILES
    ) -> None:
        self._quantiles = quantiles
        self._shelf: Shelf = PageShelf() if single_file else FolderShelf(page)
        self._scenes: list[Scene] = []

    @property
    def count(self) -> int:
        """Number of images added."""
        return len(self._scenes)

    def add(
        self,
        name: str,
        record: dict[str, Any],
        pictures: Sequence[NDArray[np.uint8]],
        reference: Sequence[NDArray[np.uint8]] = (),
    ) -> None:
        """Add an image.

        Parameters
        ----------
        name
            By which it is listed; also that of its files.
        record
            Of ``magnify --json``.
        pictures
            The image and what magnification made of it, 8 bits.
        reference
            The same of its clean reference, if it has one.

        Raises
        ------
        OutputError
            If a picture cannot be written.
        """
        stem = f"{PurePath(name).stem}_{_key(record)}"
        subjects = [self._subject("image", stem, pictures)]
        gain = 1.0
        if reference:
            subjects.append(self._subject("reference", stem, reference))
            gain = self._difference(subjects[0], stem, pictures[0], reference[0])
        height, width = pictures[0].shape[:2]
        self._scenes.append(
            Scene(
                str(len(self._scenes)), name, subjects, width, height, record["bit_depth"],
                self._shelf.thumbnail(f"{stem}_thumbnail", thumbnail(pictures[0])),
                self._statistics(record), gain, _notes(record),
            )
        )  # fmt: skip

    def write(self, page: Path, parameters: dict[str, Any], *, note: str, sort: str) -> None:
        """Write the page whole.

        Parameters
        ----------
        page
            Where; its pictures are found from the path given first.
        parameters
            Those of the magnification and of its rendering.
        note
            What the reader should bear in mind.
        sort
            The statistic by which the list is sorted, or ``name``.

        Raises
        ------
        OutputError
            If the page cannot be written.
        """
        settings = {name: parameters[name] for name in _SETTINGS}
        if parameters["norm"] != "fixed":
            note = f"Contrast chosen by --norm {parameters['norm']}. {note}"
        manifest = Manifest(self._scenes, settings, note=note, sort=sort, quantiles=self._quantiles)
        write_page(
            page,
            "gallery.html",
            title="Adversarial magnification · percept-adv",
            heading="magnify",
            manifest=manifest.as_json(),
            library=self._shelf.library,
        )

    def _subject(self, name: str, stem: str, pictures: Sequence[NDArray[np.uint8]]) -> Subject:
        kept = {
            view: self._shelf.picture(f"{stem}_{name}_{view}", pixels)
            for view, pixels in zip(("stored", "magnified"), pictures, strict=True)
        }
        return Subject(name, name, name == "reference", pictures=kept)

    def _statistics(self, record: dict[str, Any]) -> dict[str, float]:
        quantiles = {f"q_{name}": value for name, value in record.get("quantiles", {}).items()}
        known = {**record, **quantiles}
        more = {name: float(known[name]) for name in self._quantiles.titles if name in known}
        return {**more, **flat_statistics(record)}

    def _difference(
        self,
        subject: Subject,
        stem: str,
        image: NDArray[np.uint8],
        reference: NDArray[np.uint8],
    ) -> float:
        """Add the difference to the reference; return its gain."""
        difference = from_uint8(image, np.float32) - from_uint8(reference, np.float32)
        gain = common_gain([difference])
        shown = perturbation_picture(difference, gain)
        subject.pictures["difference"] = self._shelf.picture(f"{stem}_difference", shown)
        return gain


def _notes(record: dict[str, Any]) -> list[str]:
    notes = {"image": record["warnings"]}
    if "reference" in record:
        notes["reference"] = record["reference"]["warnings"]
    crop = record["parameters"].get("crop")
    return [*([] if crop is None else [_part(crop, record)]), *told_once(notes)]


def _part(crop: Sequence[int], record: dict[str, Any]) -> str:
    """Say which part of an image is shown."""
    x, y, width, height = crop
    return (
        f"shown is the part of {width} x {height} pixels at x {x}, y {y}, of "
        f"{record['width']} x {record['height']}; the statistics are those of the whole image"
    )


def _key(record: dict[str, Any]) -> str:
    """Tell pictures of other images and parameters apart: those of an older page stay its own."""
    reference = record.get("reference", {}).get("sha256")
    made_of = [record["sha256"], reference, record["parameters"]]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:10]
