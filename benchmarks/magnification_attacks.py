"""What magnification can and cannot show: its statistics before and after attacks.

CLEAN holds photographs as the model takes them (``percept-adv attack --originals``), each
ATTACKED folder what ``percept-adv attack`` made of them. For each attack: the median change of
each statistic beside the reference, in percent; the area under the ROC curve of telling attacked
from clean by ``rms_flat`` of one image alone, and the area of the same photographs before the
attack; and how often the attacked image is the one with the greatest ``rms_flat`` in a set of
eight whose seven others are clean (one in eight by chance), and how often before the attack.

Attacks that OUTPUT has rows of are kept as they are.

    python benchmarks/magnification_attacks.py CLEAN ATTACKED... -o magnification_attacks.csv
"""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

import click
import numpy as np

from percept_adv import magnify
from percept_adv.images import read_image
from percept_adv.magnification import flat_areas, magnification_statistics

SET, SETS = 8, 2000


def statistics(path, flat):
    image = read_image(path).as_float(np.float32)
    described = magnification_statistics(image, magnify(image), flat=flat)
    return {
        "rms_flat": described.rms_flat,
        "sigma_global": float(np.mean(described.sigma_global)),
        "spread": described.percentiles["99"] - described.percentiles["1"],
    }


def area(clean, attacked):
    more = attacked[:, None] > clean
    return float((more + 0.5 * (attacked[:, None] == clean)).mean())


def found_in_sets(clean, attacked, random):
    """Return how often an attacked image is the greatest among seven clean ones of others."""
    hits = 0
    for _ in range(SETS):
        place = random.integers(len(attacked))
        name, value = attacked[place]
        others = [v for other, v in clean.items() if other != name]
        hits += value > max(random.choice(others, SET - 1, replace=False))
    return hits / SETS


def rows_of(path):
    """Return the rows of a table that was begun, or none."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def successes(folder):
    """Return the records of images that fool; other JSON files tell of the folder as a whole."""
    records = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return [record for record in records if record.get("success")]


@click.command()
@click.argument("clean", type=click.Path(path_type=Path))
@click.argument("attacked", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True)
def main(clean, attacked, output):
    @cache
    def before(name):
        path = clean / name
        flat = flat_areas(read_image(path).samples)
        return statistics(path, flat), flat

    names = sorted(path.name for path in clean.glob("*.png"))
    usual = {name: before(name)[0]["rms_flat"] for name in names}
    rows = rows_of(output)
    for folder in attacked:
        if folder.name in {row["attack"] for row in rows}:
            continue
        done = successes(folder)
        changes, alone = [], []
        for record in done:
            name = Path(record["output"]).name
            clean_statistics, flat = before(name)
            # Beside the reference, its flat areas are taken; alone, the image's own.
            beside = statistics(folder / name, flat)
            own = statistics(folder / name, flat_areas(read_image(folder / name).samples))
            changes.append(
                [100 * (beside[key] / clean_statistics[key] - 1) for key in clean_statistics]
            )
            alone.append((name, own["rms_flat"]))
        rows.append(row_of(folder.name, done, np.array(changes), alone, usual))
        click.echo(" ".join(str(value) for value in rows[-1].values()))
    with output.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def row_of(title, done, changes, alone, usual):
    """Return a row of the table; ``alone`` and ``usual`` hold ``rms_flat`` by name."""
    median = np.median(changes, axis=0)
    untouched = [(name, usual[name]) for name, _ in alone]
    clean = np.array(list(usual.values()))
    areas = [area(clean, np.array([value for _, value in one])) for one in (alone, untouched)]
    shares = [found_in_sets(usual, one, np.random.default_rng(0)) for one in (alone, untouched)]
    return {
        "attack": title,
        "images": len(done),
        "median_l2": round(float(np.median([record["stored_l2"] for record in done])), 3),
        "rms_flat_change_percent": round(float(median[0]), 2),
        "sigma_global_change_percent": round(float(median[1]), 2),
        "spread_change_percent": round(float(median[2]), 2),
        "changed_over_5_percent": round(float(np.mean(np.abs(changes[:, 0]) > 5)), 3),
        "area_alone": round(areas[0], 3),
        "area_before": round(areas[1], 3),
        "greatest_of_eight": round(shares[0], 3),
        "greatest_before": round(shares[1], 3),
    }


if __name__ == "__main__":
    main()
