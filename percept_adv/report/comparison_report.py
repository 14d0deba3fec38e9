"""Tables, figures and the page of several runs side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from percept_adv.images import write_text
from percept_adv.report.charts import robustness_charts
from percept_adv.report.page import write_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from percept_adv.evaluation import Table
    from percept_adv.evaluation.comparison import Comparison


def comparison_tables(
    comparison: Comparison, levels: Mapping[str, Sequence[float]] | None
) -> dict[str, Table]:
    """Return the tables to show, by the name of their file.

    Parameters
    ----------
    comparison
        Of runs.
    levels
        Distances by norm; by default some that fit the runs.

    Returns
    -------
    dict
        A table for each name.

    Examples
    --------
    >>> from percept_adv.evaluation import Comparison
    >>> from percept_adv.report import comparison_tables
    >>> sorted(comparison_tables(Comparison.of([run]), None))
    ['robustness']
    """
    tables = {"robustness": comparison.robustness(levels), "pairs": comparison.pairs()}
    return {name: table for name, table in tables.items() if table.rows}


def write_comparison(
    folder: Path, comparison: Comparison, tables: Mapping[str, Table], version: str
) -> None:
    """Write tables, figures and ``index.html`` into a folder.

    Parameters
    ----------
    folder
        Of the report.
    comparison
        Of runs.
    tables
        As `comparison_tables` returns them.
    version
        Of this package.

    Raises
    ------
    OutputError
        If something cannot be written.

    Examples
    --------
    >>> from percept_adv.evaluation import Comparison
    >>> from percept_adv.report import comparison_tables, write_comparison
    >>> comparison = Comparison.of([run])
    >>> tables = comparison_tables(comparison, None)
    >>> write_comparison(folder, comparison, tables, percept_adv.__version__)  # doctest: +SKIP
    """
    for name, table in {**tables, "images": comparison.images()}.items():
        write_text(folder / "tables" / f"{name}.csv", table.to_csv())
    curves = [replace(run.strongest, attack=run.name) for run in comparison.runs]
    names = ", ".join(run.name for run in comparison.runs)
    write_page(
        folder / "index.html",
        "runs.html",
        title=f"{len(comparison.runs)} runs: {names}",
        lead="Compared on the same images, as each model classifies them as stored in 8 bits. "
        "Curves are those of all attacks of a run together.",
        notes=comparison.notes,
        tables=tables,
        charts=robustness_charts(folder / "figures", curves),
        images=comparison.images(),
        footer=f"percept-adv {version}. "
        + " ".join(
            f"{run.name}: SHA-256 {run.configuration.model_sha256}, "
            f"{'; '.join(str(variant) for variant in run.configuration.variants)}."
            for run in comparison.runs
        ),
    )
