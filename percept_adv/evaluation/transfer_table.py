"""Table 3 of the paper: how stored adversarial images fare before other networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from percept_adv.evaluation import words
from percept_adv.evaluation.network import tell_apart
from percept_adv.evaluation.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from percept_adv.evaluation.protocol import AttackOutcomes
    from percept_adv.evaluation.store import RunStore
    from percept_adv.evaluation.tables import Cell


def transfer_table(store: RunStore, outcomes: Sequence[AttackOutcomes]) -> Table:
    """Return a row for each tested network and attack.

    N counts the images that both the attacked and the tested network classify correctly without
    attack; a success is misclassified by the tested one.
    """
    networks = store.networks()
    rows = tuple(
        _row(name, one, store.transfers(network))
        for name, network in zip(tell_apart(networks), networks, strict=True)
        for one in outcomes
    )
    columns = ("tested network", "attack", "N", "successes", "P_suc", "D_bar")
    return Table("Transfer of the stored images", columns, rows, note=words.TRANSFER_NOTE)


def _row(
    network: str, outcomes: AttackOutcomes, classes: dict[str, tuple[int, int]]
) -> tuple[Cell, ...]:
    tested = [
        (one.record, classes[one.key][1])
        for one in outcomes.attacked
        if one.key in classes and classes[one.key][0] == one.sample.label
    ]
    fooled = [record["stored_l2"] for record, after in tested if after != record["label"]]
    rate = len(fooled) / len(tested) if tested else None
    mean = float(np.mean(fooled)) if fooled else None
    return network, outcomes.attack, len(tested), len(fooled), rate, mean
