"""What came out of attacks: records, runs that are kept in a folder, and what they say together.

The names below are loaded on first use: who only asks for a run's file needs no model's packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.lazy import lazy_names

if TYPE_CHECKING:
    from percept_adv.evaluation.cluster import run_on_cluster
    from percept_adv.evaluation.comparison import Comparison
    from percept_adv.evaluation.configuration import Configuration
    from percept_adv.evaluation.dataset import (
        Dataset,
        Sample,
        find_labels,
        label_images,
        open_dataset,
    )
    from percept_adv.evaluation.gate import read_gate
    from percept_adv.evaluation.network import Network
    from percept_adv.evaluation.plausibility import check_confidence, examine_labels
    from percept_adv.evaluation.processes import run_in_processes
    from percept_adv.evaluation.protocol import (
        AttackOutcomes,
        collect_outcomes,
        operating_characteristic,
        share_within,
    )
    from percept_adv.evaluation.record import outcome_record
    from percept_adv.evaluation.robustness import NORMS
    from percept_adv.evaluation.schema import DATABASE
    from percept_adv.evaluation.store import RunStore
    from percept_adv.evaluation.summary import Summary, summarise
    from percept_adv.evaluation.sweep import run_here
    from percept_adv.evaluation.tables import Table
    from percept_adv.evaluation.transfer import count_attacked, examine, labelled_originals
    from percept_adv.evaluation.variants import Variant, plan_variants
    from percept_adv.evaluation.work import Failed, Finished, Waiting
    from percept_adv.evaluation.workplace import Workplace

__all__ = [
    "DATABASE",
    "NORMS",
    "AttackOutcomes",
    "Comparison",
    "Configuration",
    "Dataset",
    "Failed",
    "Finished",
    "Network",
    "RunStore",
    "Sample",
    "Summary",
    "Table",
    "Variant",
    "Waiting",
    "Workplace",
    "check_confidence",
    "collect_outcomes",
    "count_attacked",
    "examine",
    "examine_labels",
    "find_labels",
    "label_images",
    "labelled_originals",
    "open_dataset",
    "operating_characteristic",
    "outcome_record",
    "plan_variants",
    "read_gate",
    "run_here",
    "run_in_processes",
    "run_on_cluster",
    "share_within",
    "summarise",
]

__getattr__ = lazy_names(
    __name__,
    {
        "AttackOutcomes": "protocol",
        "Comparison": "comparison",
        "Configuration": "configuration",
        "DATABASE": "schema",
        "Dataset": "dataset",
        "Failed": "work",
        "Finished": "work",
        "NORMS": "robustness",
        "Network": "network",
        "RunStore": "store",
        "Sample": "dataset",
        "Summary": "summary",
        "Table": "tables",
        "Variant": "variants",
        "Waiting": "work",
        "Workplace": "workplace",
        "check_confidence": "plausibility",
        "collect_outcomes": "protocol",
        "count_attacked": "transfer",
        "examine": "transfer",
        "examine_labels": "plausibility",
        "find_labels": "dataset",
        "label_images": "dataset",
        "labelled_originals": "transfer",
        "open_dataset": "dataset",
        "operating_characteristic": "protocol",
        "outcome_record": "record",
        "plan_variants": "variants",
        "read_gate": "gate",
        "run_here": "sweep",
        "run_in_processes": "processes",
        "run_on_cluster": "cluster",
        "share_within": "protocol",
        "summarise": "summary",
    },
)
