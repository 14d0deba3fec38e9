"""What came out of attacks: records, runs that are kept in a folder, and what they say together."""

from __future__ import annotations

from .configuration import Configuration
from .dataset import Dataset, Sample, open_dataset, read_label_table
from .protocol import AttackOutcomes, collect_outcomes, operating_characteristic, share_within
from .record import outcome_record
from .store import RunStore
from .summary import Summary, summarise
from .sweep import run_here
from .tables import Table
from .variants import Variant, plan_variants

__all__ = [
    "AttackOutcomes",
    "Configuration",
    "Dataset",
    "RunStore",
    "Sample",
    "Summary",
    "Table",
    "Variant",
    "collect_outcomes",
    "open_dataset",
    "operating_characteristic",
    "outcome_record",
    "plan_variants",
    "read_label_table",
    "run_here",
    "share_within",
    "summarise",
]
