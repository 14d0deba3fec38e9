"""What the pages show is run: snippets, and the examples of the gallery."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import percept_adv
from percept_adv.attacks import registry as attack_registry
from percept_adv.gradients import registry as gradient_registry
from percept_adv.metrics import registry as metric_registry
from percept_adv.solvers import registry as solver_registry

ROOT = Path(__file__).parents[2]
SNIPPETS = sorted((ROOT / "docs" / "snippets").glob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture(autouse=True)
def _registries_as_before(monkeypatch):
    """What a snippet registers is forgotten afterwards."""
    monkeypatch.setattr(attack_registry, "_ATTACKS", dict(attack_registry._ATTACKS))
    rules = {key: list(entries) for key, entries in gradient_registry._RULES.items()}
    monkeypatch.setattr(gradient_registry, "_RULES", rules)
    monkeypatch.setattr(metric_registry, "METRICS", dict(metric_registry.METRICS))
    kept = dict(solver_registry.SOLVERS)
    yield
    solver_registry.SOLVERS.clear()
    solver_registry.SOLVERS.update(kept)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.stem)
def test_snippets_run(snippet):
    assert runpy.run_path(str(snippet))


def test_saliency_on_the_page_is_the_gradient():
    made = runpy.run_path(str(ROOT / "docs" / "snippets" / "saliency.py"))
    classifier = percept_adv.Classifier("c4", provider="cpu")
    image = np.moveaxis(made["image"], 1, -1)
    expected = classifier.gradient(image, made["predicted"])
    np.testing.assert_allclose(made["saliency"], np.abs(expected)[0, ..., 0], rtol=1e-4, atol=1e-6)


def test_input_optimisation_on_the_page_raises_the_logit():
    made = runpy.run_path(str(ROOT / "docs" / "snippets" / "input_optimisation.py"))
    assert made["after"] > made["before"] + 1


def test_the_solver_on_the_page_solves():
    runpy.run_path(str(ROOT / "docs" / "snippets" / "add_solver.py"))
    image = np.random.default_rng(0).random((12, 15, 3))
    own = percept_adv.GuidedSmoother(image, alpha=0.9, method="jacobi", tol=1e-9)
    other = percept_adv.GuidedSmoother(image, alpha=0.9, method="grid", tol=1e-9)
    np.testing.assert_allclose(own.smooth(image), other.smooth(image), atol=1e-7)


def test_no_page_holds_a_conflict():
    marks = ("<<<<<<< ", ">>>>>>> ")
    assert [page for page in PAGES if any(m in page.read_text("utf-8") for m in marks)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_included_snippets_are_included(page):
    marks = [line for line in page.read_text(encoding="utf-8").splitlines() if "--8" in line]
    for line in marks:
        included = re.fullmatch(r'--8<-- "(docs/snippets/.+)"', line)
        assert included, line
        assert (ROOT / included[1]).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    gallery = {p.stem for p in (ROOT / "docs" / "examples").glob("*.py")}
    for target in targets:
        if ":" in target:
            continue
        path = (page.parent / target).resolve()
        made_when_built = path.parent.name == "gallery" and path.stem in gallery
        assert path.exists() or made_when_built, f"{page}: {target}"
