"""Tables, figures and the page of a run, from what lies in its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.evaluation import collect_outcomes
from percept_adv.evaluation.results import cost_table, image_table, pair_table, summary_table
from percept_adv.evaluation.robustness import chosen_levels, worst_case
from percept_adv.evaluation.robustness_tables import misclassified_table, robustness_table
from percept_adv.evaluation.transfer_table import transfer_table
from percept_adv.images import write_text
from percept_adv.report.charts import write_charts
from percept_adv.report.examples import example_scenes
from percept_adv.report.findings import findings
from percept_adv.report.outcome_scenes import SETTINGS
from percept_adv.report.page import write_page
from percept_adv.report.viewer.manifest import Manifest
from percept_adv.report.viewer.shelf import FolderShelf

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv.evaluation import AttackOutcomes, RunStore, Table
    from percept_adv.evaluation.configuration import Configuration

LEVELS = "levels"
"""The setting of a run that holds the distances at which robust accuracy is told."""


def write_report(store: RunStore) -> list[Table]:
    """Write tables, figures, page and README.md into a run's folder; return the tables to show.

    Nothing is computed with the model: the run may be unfinished, its model and images gone.

    Parameters
    ----------
    store
        The run.

    Returns
    -------
    list of Table
        Those that stand first on the page.

    Raises
    ------
    RunError
        If a picture that the page shows is gone.
    OutputError
        If something cannot be written.

    Examples
    --------
    >>> from percept_adv.report import write_report
    >>> tables = write_report(run)  # doctest: +SKIP
    """
    outcomes = collect_outcomes(store)
    configuration = store.configuration
    strongest = worst_case(outcomes) if len(outcomes) > 1 else outcomes[0]
    rows = [*outcomes, strongest] if len(outcomes) > 1 else outcomes
    levels = chosen_levels(store.get(LEVELS), strongest)
    tables = {
        "robustness": robustness_table(rows, levels),
        "summary": summary_table(rows, configuration),
        "misclassified": misclassified_table(outcomes, configuration),
        "mad_pairs": pair_table(outcomes),
        "transfer": transfer_table(store, outcomes),
        "cost": cost_table(rows),
    }
    shown = {name: table for name, table in tables.items() if table.rows}
    for name, table in shown.items():
        _write_table(store.folder / "tables", name, table)
    images = image_table(outcomes, configuration)
    write_text(store.folder / "tables" / "images.csv", images.to_csv())
    write_page(store.folder / "README.md", "run.md", run=configuration)
    page = store.folder / "index.html"
    shelf = FolderShelf(page)
    gain, scenes = example_scenes(store, outcomes, shelf)
    charts = write_charts(store.folder / "figures", outcomes, rows)
    write_page(
        page,
        "evaluation.html",
        title=f"Attacks on {configuration.model}",
        lead=_lead(outcomes, configuration),
        findings=findings(outcomes, strongest, levels, configuration),
        tables=shown,
        charts=charts,
        gain=gain,
        examples=len(scenes),
        manifest=Manifest(scenes, SETTINGS, arrangement="attacks").as_json(),
        library=shelf.library,
        footer=_footer(configuration),
    )
    return list(shown.values())


def _write_table(folder: Path, name: str, table: Table) -> None:
    write_text(folder / f"{name}.csv", table.to_csv())
    write_text(folder / f"{name}.md", table.to_markdown() + "\n")
    write_text(folder / f"{name}.tex", table.to_latex() + "\n")


def _lead(outcomes: list[AttackOutcomes], configuration: Configuration) -> str:
    names = ", ".join(one.attack for one in outcomes)
    return (
        f"{len(configuration.samples)} images; attacks: {names}. Every verdict is the model's own "
        "on the stored 8-bit image. README.md beside this page says where all images and figures "
        "lie."
    )


def _footer(configuration: Configuration) -> str:
    variants = "; ".join(str(variant) for variant in configuration.variants)
    return (
        f"percept-adv {configuration.version}; {configuration.model}, SHA-256 "
        f"{configuration.model_sha256}, on {configuration.provider}; batches of "
        f"{configuration.batch_size}. Attacks, with what differs from their defaults: {variants}. "
        "Protocol and figures: Zhang et al., Smooth Adversarial Examples, EURASIP J. Information "
        "Security 2020, section 5.1."
    )
