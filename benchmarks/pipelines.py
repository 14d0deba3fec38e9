r"""Attack files before five deployed pipelines, and verify each success by another program.

For each pipeline and attack: how many photographs are classified correctly, on how many of them
the attack reports success, and how many of these successes hold when
``pipelines_verify.py``, which does not import percept_adv, reads the stored file.

    python benchmarks/pipelines.py PHOTOGRAPHS OUT [--limit N] [--pipelines a,b]
    python benchmarks/pipelines.py PHOTOGRAPHS OUT \
        --store jpeg --quality 75 --budgets ddn=100,salma=40

PHOTOGRAPHS is a folder with a labels.csv. What is finished in OUT is kept: a run that was stopped
goes on.
"""

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import percept_adv_models as bundled
from pipelines_verify import PIPELINES

HERE = Path(__file__).parent
MODEL = "efficientnet-lite0"
ATTACKS = {"ddn": "iterations=60", "salma": "iterations=20"}
ENDING = [
    {"kind": "rescale"},
    {"kind": "normalise", "mean": [127 / 255], "std": [128 / 255]},
]
CROP = {"kind": "centre_crop", "height": 224, "width": 224}
CONTRACTS = {
    "square": [
        {"kind": "centre_proportions", "height": 1, "width": 1},
        {"kind": "resize", "size": [224, 224], "filter": "bicubic"},
    ],
    "crop-bicubic": [{"kind": "resize", "shortest_edge": 256, "filter": "bicubic"}, CROP],
    "crop-bilinear": [{"kind": "resize", "shortest_edge": 256, "filter": "bilinear"}, CROP],
    "letterbox": [
        {"kind": "resize", "inside": [224, 224], "filter": "area", "library": "opencv"},
        {"kind": "pad", "height": 224, "width": 224, "fill": [114.0]},
    ],
    "stretch": [
        {"kind": "type", "name": "float32"},
        {"kind": "resize", "size": [224, 224], "library": "torch", "antialias": False},
    ],
}


def write_contract(path, steps):
    """Write a contract; the values of a step are the same in JSON and in TOML."""
    lines = []
    for step in [*steps, *ENDING]:
        lines.append("[[steps]]")
        lines += [f"{name} = {json.dumps(value)}" for name, value in step.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def verify(pipeline, files):
    """Return the class of each file, from a program of its own."""
    program = [sys.executable, str(HERE / "pipelines_verify.py"), pipeline]
    done = subprocess.run(
        [*program, str(bundled.path(MODEL)), *map(str, files)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return [json.loads(line)["class"] for line in done.stdout.splitlines()]


def run(pipeline, attack, files, labels, out, store, budget):
    """Attack what is not yet attacked."""
    contract = out / f"{pipeline}.toml"
    write_contract(contract, CONTRACTS[pipeline])
    folder = out / pipeline / attack
    command = Path(sys.executable).with_name("percept-adv")
    call = [str(command), "attack", MODEL, *map(str, files)]
    options = ["--attack", attack, "--contract", str(contract)]
    options += ["-p", ATTACKS[attack]]
    if budget is not None:
        options[-1:] = [f"iterations={budget}", "--max-evaluations", budget]
    done = subprocess.run(
        [*call, "-o", str(folder), *options, "--labels", str(labels), *store, "--quiet"],
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.returncode)
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def row(pipeline, attack, records, truth):
    """Return what is said of a pipeline and an attack."""
    originals = verify(pipeline, [record["file"] for record in records])
    stored = verify(pipeline, [record["output"] for record in records])
    right = [truth[Path(r["file"]).name] == o for r, o in zip(records, originals, strict=True)]
    fooled = [truth[Path(r["file"]).name] != s for r, s in zip(records, stored, strict=True)]
    told = [record["success"] for record in records]
    both = [r for r, ok in zip(records, right, strict=True) if ok and r["success"]]
    return {
        "pipeline": pipeline,
        "attack": attack,
        "right": sum(right),
        "reported": sum(t for t, ok in zip(told, right, strict=True) if ok),
        "verified": sum(t and f for t, f, ok in zip(told, fooled, right, strict=True) if ok),
        "L2 stored": round(float(np.mean([r["stored_l2"] for r in both])), 3),
        "MAD": round(float(np.mean([r["mad"] for r in both])), 3),
        "gradients": round(float(np.mean([r["backward_count"] for r in both])), 1),
        "seconds": round(float(np.mean([r["seconds"] for r in both])), 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photographs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--limit", type=int, help="Take the first photographs by name.")
    parser.add_argument("--pipelines", default=",".join(CONTRACTS))
    parser.add_argument("--attacks", default=",".join(ATTACKS))
    parser.add_argument("--store", default="png", help="As for percept-adv attack.")
    parser.add_argument("--quality", help="As for percept-adv attack.")
    parser.add_argument(
        "--budgets",
        default="",
        help="Gradients of an image in all, such as ddn=100,salma=40; without them the walk has "
        "those of ATTACKS, and the search for what is stored its own.",
    )
    arguments = parser.parse_args()
    assert set(CONTRACTS) == set(PIPELINES)
    table = csv.DictReader((arguments.photographs / "labels.csv").open())
    truth = {line["file"]: int(line["label"]) for line in table}
    files = [arguments.photographs / name for name in sorted(truth)][: arguments.limit]
    store = [] if arguments.store == "png" else ["--store", arguments.store]
    budgets = dict(one.split("=") for one in arguments.budgets.split(",") if one)
    store += [] if arguments.quality is None else ["--quality", arguments.quality]
    for pipeline in arguments.pipelines.split(","):
        for attack in arguments.attacks.split(","):
            labels = arguments.photographs / "labels.csv"
            records = run(
                pipeline, attack, files, labels, arguments.out, store, budgets.get(attack)
            )
            print(json.dumps(row(pipeline, attack, records, truth)), flush=True)


if __name__ == "__main__":
    main()
