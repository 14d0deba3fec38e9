"""Ordering a set of images by a statistic, which is all that it is."""

from __future__ import annotations

from typing import Any

NOTE = (
    "No verdict: clean photographs differ five-fold in their RMS in flat areas, and an "
    "attack moves it by a fifth. Compare an image with its own original, or "
    "with others of the same camera and scene."
)


def ranked(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return input and statistic of each record, the strongest in flat areas first."""
    ordered = sorted(records, key=lambda record: (-record["rms_flat"], record["input"]))
    return [{"input": record["input"], "rms_flat": record["rms_flat"]} for record in ordered]


def ranking_lines(records: list[dict[str, Any]]) -> list[str]:
    """Write the ranking for people."""
    lines = [
        f"{place:>4}  {entry['rms_flat']:8.4f}  {entry['input']}"
        for place, entry in enumerate(ranked(records), 1)
    ]
    return ["rank  rms_flat  image", *lines, NOTE]
