"""The table of docs/metrics.md is the registry."""

from pathlib import Path

from percept_adv.metrics import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def row(metric):
    low, high = metric.range
    cells = (
        f"`{metric.name}`", metric.better, f"{low:g} to {high:g}", metric.unit,
        str(metric.smallest_side), metric.summary, metric.source,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def test_every_metric_has_its_row_and_no_other_has_one():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert rows == [row(metric) for metric in METRICS.values()]
