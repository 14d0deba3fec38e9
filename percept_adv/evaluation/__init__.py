"""What came out of attacks: records of single outcomes, and what they say together."""

from __future__ import annotations

from .record import outcome_record
from .summary import Summary, summarise

__all__ = ["Summary", "outcome_record", "summarise"]
