"""Pictures and pages made from outcomes.

The names below are loaded on first use: the gallery of magnified images needs no attack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.lazy import lazy_names

if TYPE_CHECKING:
    from percept_adv.report.comparison import compare_attacks
    from percept_adv.report.comparison_report import comparison_tables, write_comparison
    from percept_adv.report.gallery import Gallery
    from percept_adv.report.junit import write_junit
    from percept_adv.report.outcome_scenes import SETTINGS, outcome_scene
    from percept_adv.report.page import write_page
    from percept_adv.report.run_report import LEVELS, write_report
    from percept_adv.report.viewer.manifest import Manifest
    from percept_adv.report.viewer.scene import Quantiles
    from percept_adv.report.viewer.shelf import FolderShelf

__all__ = [
    "LEVELS",
    "SETTINGS",
    "FolderShelf",
    "Gallery",
    "Manifest",
    "Quantiles",
    "compare_attacks",
    "comparison_tables",
    "outcome_scene",
    "write_comparison",
    "write_junit",
    "write_page",
    "write_report",
]

__getattr__ = lazy_names(
    __name__,
    {
        "LEVELS": "run_report",
        "SETTINGS": "outcome_scenes",
        "FolderShelf": "viewer.shelf",
        "Gallery": "gallery",
        "Manifest": "viewer.manifest",
        "Quantiles": "viewer.scene",
        "compare_attacks": "comparison",
        "comparison_tables": "comparison_report",
        "outcome_scene": "outcome_scenes",
        "write_comparison": "comparison_report",
        "write_junit": "junit",
        "write_page": "page",
        "write_report": "run_report",
    },
)
