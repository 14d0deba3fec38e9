"""Tables, figures and the page of a run, from what lies in its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.evaluation import collect_outcomes
from percept_adv.evaluation.pairs import mad_pairs
from percept_adv.evaluation.results import cost_table, image_table, pair_table, summary_table
from percept_adv.evaluation.transfer_table import transfer_table
from percept_adv.images import atomic_write
from percept_adv.report.examples import load_examples
from percept_adv.report.figures import draw_characteristics, draw_mad_pair, save_figure
from percept_adv.report.page import data_uri, write_page

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv.evaluation import AttackOutcomes, RunStore, Table
    from percept_adv.evaluation.configuration import Configuration
    from percept_adv.evaluation.pairs import MadPair

_CHARACTERISTIC = (
    "P(D): the share of the images classified correctly without attack that are misclassified at "
    "an L2 distortion of at most D"
)


def write_report(store: RunStore) -> list[Table]:
    """Write tables, figures, page and README.md into a run's folder; return the tables to show.

    Nothing is computed with the model: the run may be unfinished, its model and images gone.

    Raises
    ------
    RunError
        If a picture that the page shows is gone.
    OutputError
        If something cannot be written.
    """
    outcomes = collect_outcomes(store)
    configuration = store.configuration
    tables = {
        "summary": summary_table(outcomes, configuration),
        "mad_pairs": pair_table(outcomes),
        "transfer": transfer_table(store, outcomes),
        "cost": cost_table(outcomes),
    }
    shown = {name: table for name, table in tables.items() if table.rows}
    for name, table in shown.items():
        _write_table(store.folder / "tables", name, table)
    _write(store.folder / "tables" / "images.csv", image_table(outcomes, configuration).to_csv())
    write_page(store.folder / "README.md", "run.md", run=configuration)
    write_page(
        store.folder / "index.html",
        "evaluation.html",
        title=f"Attacks on {configuration.model}",
        lead=_lead(outcomes, configuration),
        tables=list(shown.values()),
        figures=_draw(store, outcomes),
        attacks=[(one, load_examples(store, one)) for one in outcomes],
        footer=_footer(configuration),
    )
    return list(shown.values())


def _write_table(folder: Path, name: str, table: Table) -> None:
    _write(folder / f"{name}.csv", table.to_csv())
    _write(folder / f"{name}.md", table.to_markdown() + "\n")
    _write(folder / f"{name}.tex", table.to_latex() + "\n")


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as part:
        part.write_text(text, encoding="utf-8")


def _draw(store: RunStore, outcomes: list[AttackOutcomes]) -> list[tuple[str, str]]:
    """Write the figures; return each as a data URI with its caption."""
    folder = store.folder / "figures"
    drawn = [
        (
            "operating_characteristics",
            draw_characteristics(outcomes),
            _CHARACTERISTIC,
        )
    ]
    drawn += [
        (
            f"mad_{pair.second}_{pair.first}",
            draw_mad_pair(pair),
            _mad_caption(pair),
        )
        for pair in mad_pairs(outcomes)
        if len(pair.first_mad)
    ]
    for name, figure, _ in drawn:
        save_figure(figure, folder / f"{name}.png")
    return [
        (data_uri((folder / f"{name}.png").read_bytes()), caption) for name, _, caption in drawn
    ]


def _mad_caption(pair: MadPair) -> str:
    return (
        f"MAD, one point for each of {len(pair.first_mad)} images: {pair.second} is not above "
        f"{pair.first} on {100 * pair.not_above:.0f} % of them"
    )


def _lead(outcomes: list[AttackOutcomes], configuration: Configuration) -> str:
    wanted = len(configuration.samples)
    unfinished = [
        f"{one.attack}: {len(one.chosen)} of {wanted}"
        for one in outcomes
        if len(one.chosen) < wanted
    ]
    text = (
        f"{wanted} images. N are classified correctly without attack; P_suc is the share of them "
        "that an attack makes misclassified as stored in 8 bits, D_bar their mean L2 distortion "
        "on [0, 1] values. All other means are over the successes, too."
    )
    return text + (f" Not all outcomes are there: {'; '.join(unfinished)}." if unfinished else "")


def _footer(configuration: Configuration) -> str:
    variants = "; ".join(str(variant) for variant in configuration.variants)
    return (
        f"percept-adv {configuration.version}; {configuration.model}, SHA-256 "
        f"{configuration.model_sha256}, on {configuration.provider}; batches of "
        f"{configuration.batch_size}. Attacks, with what differs from their defaults: {variants}. "
        "Protocol and figures: Zhang et al., Smooth Adversarial Examples, EURASIP J. Information "
        "Security 2020, section 5.1. Perturbations are amplified for each example by itself."
    )
