"""``percept-adv evaluate --engine``: refused before any work, part of the run, same verdicts."""

import csv

import in_process
import numpy as np
import pytest

from percept_adv.evaluation import RunStore
from percept_adv.images import write_png

pytestmark = pytest.mark.slow

OPTIONS = ["--quiet", "--provider", "cpu", "--batch-size", "3", "--limit", "4"]
DDN = ["--attacks", "ddn", "-p", "ddn.iterations=15"]


@pytest.fixture(scope="module")
def by_graph(six_digits, tmp_path_factory):
    """A run whose steps are graphs, of an attack as it is and of one whose eps is searched."""
    run = tmp_path_factory.mktemp("graph") / "run"
    more = ["--engine", "graph", "--attacks", "ddn,fgsm", *DDN[2:]]
    done = in_process.percept_adv("evaluate", "c4", six_digits, "-o", run, *OPTIONS, *more)
    assert done.returncode == 0, done.stderr
    return run


def rows_of(run):
    return list(csv.DictReader((run / "tables" / "images.csv").open()))


def test_a_graph_has_the_verdicts_of_numpy(by_graph, six_digits, tmp_path, percept_adv_here):
    run = tmp_path / "run"
    more = ["--engine", "eager", "--attacks", "ddn,fgsm", *DDN[2:]]
    done = percept_adv_here("evaluate", "c4", six_digits, "-o", run, *OPTIONS, *more)
    assert done.returncode == 0, done.stderr
    eager, graph = rows_of(run), rows_of(by_graph)
    assert len(eager) == len(graph) == 8
    assert any(row["success"] == "1" for row in eager)
    for one, other in zip(eager, graph, strict=True):
        assert (one["file"], one["attack"]) == (other["file"], other["attack"])
        assert one["success"] == other["success"]
        np.testing.assert_allclose(float(one["stored_l2"]), float(other["stored_l2"]), rtol=0.01)


def test_the_engine_belongs_to_the_run(by_graph, six_digits, percept_adv_here):
    assert RunStore.open(by_graph).configuration.engine == "graph"
    before = rows_of(by_graph)
    command = ["evaluate", "c4", six_digits, "-o", by_graph, *OPTIONS, *DDN]
    for more, words in (
        (["--engine", "eager"], "engine is 'eager', not 'graph'"),
        ([], "engine is 'auto', not 'graph'"),
    ):
        done = percept_adv_here(*command, *more)
        assert done.returncode == 2
        assert words in done.stderr
    assert percept_adv_here(*command, "--engine", "graph").returncode == 0
    assert rows_of(by_graph) == before


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--attacks", "ddn,deepfool"], "deepfool: engine graph: this attack needs more"),
        (["--attacks", "pgd2", "-p", "pgd2.restarts=2"], "this attack draws random numbers"),
        ([*DDN, "--through", "blur:0.5"], "transformations to survive, are no single graph"),
    ],
)
def test_what_cannot_be_a_graph_is_refused_before_any_work(
    six_digits, tmp_path, percept_adv_here, more, words
):
    run = tmp_path / "run"
    done = percept_adv_here(
        "evaluate", "c4", six_digits, "-o", run, "--engine", "graph", *OPTIONS, *more
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert not run.exists()


def test_a_file_too_large_for_a_graph_fails_alone(tmp_path, percept_adv_here):
    folder, contract = tmp_path / "in", tmp_path / "contract.toml"
    rng = np.random.default_rng(5)
    write_png(folder / "small.png", rng.integers(0, 256, (40, 40), np.uint8))
    write_png(folder / "large.png", rng.integers(0, 256, (1300, 1300), np.uint8))
    (folder / "labels.csv").write_text("file,label\nsmall.png,8\nlarge.png,8\n")
    steps = ['kind = "colour_mode"\nmode = "grey"', 'kind = "resize"\nsize = [28, 28]']
    steps.append('kind = "rescale"')
    contract.write_text("\n".join(f"[[steps]]\n{step}" for step in steps))
    options = ["--engine", "graph", "--quiet", "--provider", "cpu", "--go-on", *DDN]
    run = tmp_path / "run"
    options += ["--contract", contract, "-o", run]
    done = percept_adv_here("evaluate", "c4", folder, *options)
    assert done.returncode == 1, done.stderr
    assert "large.png: ddn: engine graph: files of this size" in done.stderr
    assert [row["file"] for row in rows_of(run)] == ["small.png"]
