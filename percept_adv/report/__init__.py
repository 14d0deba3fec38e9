"""Pictures and pages made from outcomes."""

from __future__ import annotations

from .comparison import AttackView, PhotographView, compare_attacks
from .page import write_page
from .run_report import write_report

__all__ = ["AttackView", "PhotographView", "compare_attacks", "write_page", "write_report"]
