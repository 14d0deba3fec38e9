"""What came out of attacks: records, runs that are kept in a folder, and what they say together."""

from __future__ import annotations

from percept_adv.evaluation.configuration import Configuration
from percept_adv.evaluation.dataset import Dataset, Sample, find_labels, label_images, open_dataset
from percept_adv.evaluation.protocol import (
    AttackOutcomes,
    collect_outcomes,
    operating_characteristic,
    share_within,
)
from percept_adv.evaluation.record import outcome_record
from percept_adv.evaluation.store import RunStore
from percept_adv.evaluation.summary import Summary, summarise
from percept_adv.evaluation.sweep import run_here
from percept_adv.evaluation.tables import Table
from percept_adv.evaluation.variants import Variant, plan_variants

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
    "find_labels",
    "label_images",
    "open_dataset",
    "operating_characteristic",
    "outcome_record",
    "plan_variants",
    "run_here",
    "share_within",
    "summarise",
]
