"""Write the tables of paper_tables.py between the markers of docs/paper.md, and its figures."""

import shutil

from paper_pictures import draw_digits, draw_photos
from paper_setup import ATTACKS, TITLES

from percept_adv.evaluation import RunStore, Table, collect_outcomes, summarise
from percept_adv.evaluation.pairs import mad_pairs
from percept_adv.evaluation.transfer_table import transfer_table
from percept_adv.report.figures import save_figure

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"


def write_page(output, experiments, work):
    figures = output.parent / "paper"
    figures.mkdir(parents=True, exist_ok=True)
    parts = [describe(experiment, work / experiment.name, figures) for experiment in experiments]
    text = output.read_text(encoding="utf-8") if output.exists() else f"{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    text = "\n\n".join([before + BEGIN, *parts, END + after])
    output.write_text(text, encoding="utf-8")


def describe(experiment, run, figures):
    """Return one experiment's tables as Markdown; copy and draw its figures."""
    store = RunStore.open(run)
    outcomes = collect_outcomes(store)
    parts = [
        f"## {experiment.title}",
        beside_the_paper(experiment, outcomes).to_markdown(),
        order_of_attacks(experiment, outcomes),
        against_each_other(outcomes).to_markdown(),
    ]
    transfer = transfer_table(store, outcomes)
    if transfer.rows:
        parts += ["### Table 3: shown to other networks", transfer.to_markdown()]
    pictures = [("operating_characteristics", "P(D), the operating characteristics")]
    pictures += [
        (
            f"mad_{pair.second}_{pair.first}",
            f"MAD of {TITLES[pair.second]} and {TITLES[pair.first]}",
        )
        for pair in mad_pairs(outcomes)
    ]
    for name, _ in pictures:
        shutil.copyfile(run / "figures" / f"{name}.png", figures / f"{experiment.name}_{name}.png")
    draw = draw_photos if experiment.name == "photos" else draw_digits
    save_figure(draw(store, outcomes), figures / f"{experiment.name}_examples.png")
    pictures.append(("examples", "examples, as stored"))
    parts += [f"![{title}](paper/{experiment.name}_{name}.png)" for name, title in pictures]
    return "\n\n".join(parts)


def beside_the_paper(experiment, outcomes):
    columns = (
        "attack", f"P_suc, paper ({experiment.paper_network})", "D_bar, paper", "P_suc", "D_bar",
        "MAD", "SSIM", "images", "gradients per image", "seconds per image",
    )  # fmt: skip
    rows = []
    for one in outcomes:
        summary = summarise(one.records)
        successes = [chosen.record for chosen in one.successes]
        attacked = [chosen.record for chosen in one.attacked]
        rows.append(
            (
                TITLES[one.attack],
                *experiment.paper[one.attack],
                summary.success_rate,
                summary.mean_distortion,
                summary.mean_mad,
                mean(successes, "ssim"),
                summary.images,
                round(mean(attacked, "backward_count")),
                summary.mean_seconds,
            )
        )
    return Table(experiment.title, columns, tuple(rows))


def order_of_attacks(experiment, outcomes):
    """Say which attack needs less distortion than which, here and in the paper."""
    here = {one.attack: summarise(one.records).mean_distortion for one in outcomes}
    paper = {attack: experiment.paper[attack][1] for attack in ATTACKS}
    lines = [
        " < ".join(TITLES[attack] for attack in sorted(distances, key=distances.get))
        for distances in (paper, here)
    ]
    return f"Order by D_bar, in the paper: {lines[0]}; here: {lines[1]}."


def against_each_other(outcomes):
    """Compare an attack and its smooth form where both succeed."""
    distances = {
        one.attack: {c.sample.file: c.record["stored_l2"] for c in one.successes}
        for one in outcomes
    }
    rows = []
    for pair in mad_pairs(outcomes):
        first, second = distances[pair.first], distances[pair.second]
        both = first.keys() & second.keys()
        lower = sum(second[file] < first[file] for file in both) / max(len(both), 1)
        rows.append(
            (
                f"{TITLES[pair.second]} against {TITLES[pair.first]}",
                len(both), lower, pair.not_above, pair.below,
            )
        )  # fmt: skip
    columns = ("image by image", "images", "L2 lower", "MAD not above", "MAD below")
    return Table("Image by image", columns, tuple(rows))


def mean(records, name):
    values = [record[name] for record in records if record.get(name) is not None]
    return sum(values) / len(values) if values else float("nan")
