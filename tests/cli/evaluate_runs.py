"""Runs of ``percept-adv evaluate`` on six digits, and what the tests look at in them."""

import sqlite3

ATTACKS = [
    "--attacks", "fgsm,pgd2,cw,scw", "--eps", "fgsm=0.2,0.3", "--eps", "pgd2=1.5,3",
    "-p", "pgd2.iterations=5", "-p", "cw.iterations=30", "-p", "cw.search_steps=2",
    "-p", "scw.iterations=15", "-p", "scw.search_steps=2", "-p", "scw.alpha=0.95",
    "-p", "cw.initial_c=50", "--quiet", "--provider", "cpu",
]  # fmt: skip
RUNS = 6
IMAGES = 6


def command(model, digits, run, *more):
    return ["evaluate", str(model), str(digits), "-o", str(run), *ATTACKS, *more]


def results(run):
    """Return what must be equal: tables (but for times) and pictures."""
    tables = {
        path.name: path.read_text()
        for path in (run / "tables").iterdir()
        if not path.name.startswith("cost")
    }
    pictures = {str(path.relative_to(run)): path.read_bytes() for path in pictures_of(run)}
    return tables, pictures


def pictures_of(run):
    return [path for path in (run / "adversarials").rglob("*.png") if path.name[0] != "."]


def item_count(run):
    try:
        with sqlite3.connect(run / "run.sqlite", timeout=10) as connection:
            return connection.execute("SELECT count(*) FROM item").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
