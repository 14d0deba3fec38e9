"""``percept-adv report`` and ``transfer`` of a run."""

import csv
import json
import re
import shutil

import numpy as np
import onnx
import percept_adv_models
import pytest
from evaluate_runs import IMAGES, results
from onnx import numpy_helper


def test_the_report_needs_the_folder_only(whole_run, tmp_path, percept_adv_here):
    run = tmp_path / "elsewhere"
    shutil.copytree(whole_run, run)
    for name in ("tables", "figures"):
        shutil.rmtree(run / name)
    (run / "index.html").unlink()
    done = percept_adv_here("report", run, "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    attacks = {"fgsm", "pgd2", "cw", "scw", "all attacks"}
    assert {line["attack"] for line in lines if "P_suc" in line} == attacks
    assert results(run) == results(whole_run)
    page = (run / "index.html").read_text()
    sources = re.findall(r"(?:src|href)=\"([^\"]*)\"", page)
    assert sources
    # Nothing from elsewhere: what is not inside the page lies beside it.
    beside = {source for source in sources if not source.startswith(("data:", "#"))}
    assert all((run / source).is_file() for source in beside)
    assert not re.search(r"url\((?!#)", page)
    drawings = re.compile(r'<svg(?! id="histogram").*?</svg>', re.DOTALL)
    assert not re.search(r"https?://", drawings.sub("", page))
    # Drawings take the colour of the page's text, and say in words what they show.
    for drawing in drawings.findall(page):
        assert "currentColor" in drawing
        assert "#010203" not in drawing
    assert len(re.findall(r'role="img" aria-label="[^"]{40,}"', page)) == len(
        drawings.findall(page)
    )
    (manifest,) = re.findall(r'id="manifest">(.*?)</script>', page)
    scenes = json.loads(manifest)["scenes"]
    said = " ".join(scene["warnings"][0] for scene in scenes)
    assert all(
        f"{attack}: {kind}" in said for attack in ("cw", "scw") for kind in ("best", "worst")
    )
    assert all(len(scene["subjects"]) == 5 for scene in scenes)
    pictures = [
        address
        for scene in scenes
        for one in scene["subjects"]
        for address in one["pictures"].values()
    ]
    assert all((run / address).is_file() for address in pictures)
    assert (run / "figures" / "operating_characteristics.png").stat().st_size > 0
    assert (run / "figures" / "mad_scw_cw.png").stat().st_size > 0


def test_transfer(whole_run, tmp_path, percept_adv_here):
    run = tmp_path / "run"
    shutil.copytree(whole_run, run)
    done = percept_adv_here("transfer", run, "c4", "c4-adv", "--quiet")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((run / "tables" / "transfer.csv").open()))
    networks = ["c4", "c4 behind bilateral", "c4-adv", "c4-adv behind bilateral"]
    assert [row["tested network"] for row in rows] == [n for n in networks for _ in range(4)]
    # Before the attacked network itself everything is as it was.
    summary = {row["attack"]: row for row in csv.DictReader((run / "tables/summary.csv").open())}
    for row in rows[:4]:
        own = summary[row["attack"]]
        assert [row[name] for name in ("N", "P_suc", "D_bar")] == [
            own[name] for name in ("N", "P_suc", "D_bar")
        ]
    assert all(0 <= int(row["successes"]) <= int(row["N"]) <= IMAGES - 1 for row in rows)


def after_c4(path, *nodes):
    """Write c4 with nodes behind its logits, which are called "inner"; "logits" is the result."""
    model = onnx.load(percept_adv_models.path("c4"))
    (output,) = model.graph.output
    for node in model.graph.node:
        for index, name in enumerate(node.output):
            if name == output.name:
                node.output[index] = "inner"
    output.name = "logits"
    order = numpy_helper.from_array(np.roll(np.arange(10), 1), "order")
    model.graph.initializer.append(order)
    model.graph.node.extend(onnx.parser.parse_node(node) for node in nodes)
    onnx.save(model, path)
    return path


REFUSED = {
    "none right": (["logits = Gather<axis = 1>(inner, order)"], 2, "0 of 5 images are classified"),
    "random": (
        ["noise = RandomNormalLike(inner)", "logits = Add(inner, noise)"],
        4,
        "the same images get logits that differ",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_transfer_refuses_what_attack_refuses(whole_run, tmp_path, percept_adv_here, name):
    nodes, code, words = REFUSED[name]
    run = tmp_path / "run"
    shutil.copytree(whole_run, run)
    model = after_c4(tmp_path / "other.onnx", *nodes)
    done = percept_adv_here("transfer", run, "c4", model, "--through", "none", "--quiet")
    assert done.returncode == code
    assert words in done.stderr.splitlines()[-1]
    assert str(model) in done.stderr or model.stem in done.stderr
    if name == "none right":
        done = percept_adv_here("transfer", run, model, "--through", "none", "--go-on", "--quiet")
        assert done.returncode == 0, done.stderr
