"""Print the tables of docs/explanation/what-shows.md from what benchmarks measured.

python benchmarks/what_shows_page.py magnification benchmarks/results/magnification_attacks.csv
python benchmarks/what_shows_page.py scores benchmarks/results/detection_png.csv
"""

import csv
from pathlib import Path

import click

TITLES = {
    "adaptive_jpeg": "adaptive",
    "alma": "ALMA",
    "apgd": "APGD",
    "bp": "BP",
    "clean_misclassified": "*none: clean, but wrong*",
    "cw_4x50": "C&W, 4 x 50",
    "cw_default": "C&W",
    "cw_margin": "C&W, 4 x 50, margin 10",
    "ddn_40": "DDN, 40 steps",
    "ddn_default": "DDN",
    "ddn_jpeg": "DDN, 40 steps, made as JPEG",
    "deepfool": "DeepFool",
    "fgsm": "FGSM",
    "fmn": "FMN",
    "ifgsm": "I-FGSM",
    "lbfgs": "L-BFGS",
    "mifgsm": "MI-FGSM",
    "nes": "NES",
    "perc_al_100": "PerC-AL, 100 steps",
    "perc_al_default": "PerC-AL",
    "pgd2": "PGD2, eps 3",
    "pgd2_default": "PGD2 (eps 5)",
    "pgd2_eps1": "PGD2, eps 1",
    "qpgd2": "qPGD2, eps 3",
    "qpgd2_default": "qPGD2 (eps 5)",
    "salma": "sALMA, 20 steps",
    "salma_default": "sALMA",
    "salma_jpeg": "sALMA, 20 steps, made as JPEG",
    "scw_4x50": "sC&W, 4 x 50",
    "scw_default": "sC&W",
    "sddn": "sDDN",
    "smoothness_4x50": "smoothness penalty, 4 x 50",
    "smoothness_default": "smoothness penalty",
    "square": "Square",
    "superdeepfool": "SuperDeepFool",
    "universal": "universal",
}
SCORES = {
    "boundary_distance": "distance to the boundary",
    "margin": "margin",
    "second_attack": "second attack",
    "jpeg_change": "JPEG 75",
    "bilateral_change": "bilateral filter",
    "resizing_change": "halving and doubling",
    "smoothing_change": "guided smoothing",
    "rms_flat": "`rms_flat`",
}


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def echo_row(cells):
    click.echo(f"| {' | '.join(cells)} |")


def echo_head(titles):
    echo_row(titles)
    click.echo("|---" * len(titles) + "|")


def with_best_bold(areas):
    """Return what stands in the columns of an attack's scores; the best is bold."""
    texts = {name: f"{area:.2f}" for name, area in areas.items()}
    best = max(texts.values())
    shown = {name: f"**{text}**" if text == best else text for name, text in texts.items()}
    return [shown.get(name, "") for name in SCORES]


@click.group()
def main():
    """Print a table for the documentation."""


@main.command()
@click.argument("table", type=click.Path(exists=True, path_type=Path))
def magnification(table):
    """Attacks in the order of what they change."""
    echo_head(
        ["attack", "photographs", "median L2", "`rms_flat` changes by (median)"]
        + [f"{share}{when}" for share in ("area", "found") for when in ("", " before")]
    )
    rows = read(table)
    for row in sorted(rows, key=lambda row: -abs(float(row["rms_flat_change_percent"]))):
        percent = f"{float(row['rms_flat_change_percent']):.1f} %"
        shares = [f"{float(row[name]):.2f}" for name in ("area_alone", "area_before")]
        shares += [f"{float(row[name]):.2f}" for name in ("greatest_of_eight", "greatest_before")]
        l2 = f"{float(row['median_l2']):.2f}"
        echo_row([TITLES[row["attack"]], row["images"], l2, percent, *shares])


@main.command()
@click.argument("table", type=click.Path(exists=True, path_type=Path))
def scores(table):
    """Attacks down, scores across; those that a score tells best come last."""
    areas, counts = {}, {}
    for row in read(table):
        areas.setdefault(row["attack"], {})[row["score"]] = float(row["area"])
        all_fool = row["images"] == row["of"]
        counts[row["attack"]] = row["images"] if all_fool else f"{row['images']} of {row['of']}"
    echo_head(["attack", "images", *SCORES.values()])
    for name in sorted(areas, key=lambda name: max(areas[name].values())):
        echo_row([TITLES[name], counts[name], *with_best_bold(areas[name])])


if __name__ == "__main__":
    main()
