"""The pages of ``magnify --html``, ``demo`` and ``report``, opened from disk."""

import json
import subprocess
from pathlib import Path

import numpy as np
import percept_adv_models
import pytest
from looking import pane_titles, set_slider
from serving import COMMAND, PHONE, WIDE, served

from percept_adv.images import write_png

pytestmark = pytest.mark.slow


def magnified(*arguments):
    command = [COMMAND, "magnify", *map(str, arguments), "--quiet"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def pictures_are_there(page):
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('.picture canvas')];"
        "return all.length > 0 && all.every(c => c.width > 0); }"
    )
    page.wait_for_timeout(700)


@pytest.fixture(scope="module")
def gallery(images, tmp_path_factory):
    """A folder of ``magnify --html`` with a reference."""
    out = tmp_path_factory.mktemp("gallery")
    magnified(images / "in" / "a.png", "-o", out, "--reference", images / "clean", "--html")
    return out / "index.html"


def test_the_gallery_is_the_viewer(open_page, gallery):
    page = open_page(gallery.as_uri())
    pictures_are_there(page)
    assert pane_titles(page) == [
        "image", "Magnified · image", "Difference · image", "Magnified · reference",
    ]  # fmt: skip
    assert page.locator("#statistics tr").count() == 8
    assert not page.locator("#beta").is_visible()
    assert page.locator("[data-disk]").is_visible()
    set_slider(page, "gain", 700)
    style = page.locator(".picture").nth(1).evaluate("(e) => e.style.filter")
    assert style.startswith("contrast(5.")
    page.keyboard.press("b")
    assert page.locator("#panes").get_attribute("data-mode") == "blink"


def test_an_address_of_another_page_shows_what_there_is(open_page, gallery):
    words = "scene=99&mode=none&arrangement=none&channel=none&sort=none&panes=none:none&at=1&gain=x"
    page = open_page(f"{gallery.as_uri()}#{words}")
    pictures_are_there(page)
    assert len(pane_titles(page)) == 4
    assert page.locator("#scene-name").inner_text() == "a.png"
    for choice in ("#arrangement", "#sort"):
        assert page.locator(choice).input_value()


def test_a_single_file_needs_no_other(open_page, images, tmp_path):
    magnified(images / "in" / "a.png", "-o", tmp_path / "out", "--single-file")
    alone = tmp_path / "alone.html"
    alone.write_bytes((tmp_path / "out" / "index.html").read_bytes())
    page = open_page(alone.as_uri())
    pictures_are_there(page)
    assert pane_titles(page) == ["image", "Magnified · image"]


def test_forty_photographs_make_a_small_page_that_loads_what_is_seen(open_page, tmp_path):
    """How soon the first screen is there, benchmarks/viewer_speed.py measures."""
    random = np.random.default_rng(0)
    for place in range(40):
        coarse = random.random((12, 16, 3))
        write_png(tmp_path / "in" / f"{place:02}.png", np.kron(coarse, np.ones((16, 16, 1))))
    magnified(tmp_path / "in", "-o", tmp_path / "out", "--html")
    index = tmp_path / "out" / "index.html"
    assert index.stat().st_size < 300_000
    page = open_page(index.as_uri())
    pictures_are_there(page)
    loaded = page.evaluate(
        "() => performance.getEntriesByType('resource').map(r => r.name)"
        ".filter(name => name.endsWith('.webp')).length"
    )
    assert loaded < 40, "thumbnails out of sight were loaded"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_accessibility_findings(open_page, gallery, check_accessibility, size):
    page = open_page(gallery.as_uri(), size=size)
    pictures_are_there(page)
    check_accessibility(page)


def test_reports_show_examples_and_leave_the_wheel_to_the_page(
    open_page, run_folder, check_accessibility
):
    page = open_page((run_folder / "index.html").as_uri())
    pictures_are_there(page)
    titles = pane_titles(page)
    assert titles[:2] == ["original", "fgsm"]
    assert "Difference · fgsm" in titles
    check_accessibility(page)
    page.locator(".viewer").scroll_into_view_if_needed()
    box = page.locator(".picture").first.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    before = page.evaluate("() => scrollY")
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(400)
    assert page.evaluate("() => scrollY") < before
    place = page.evaluate("() => new URLSearchParams(location.hash.slice(1)).get('at')")
    assert place is None or float(place.split(",")[2]) == 1, "the wheel has zoomed"


def test_attacks_scroll_sideways_under_a_finger_and_swipe_fills_a_phone(open_page, run_folder):
    page = open_page((run_folder / "index.html").as_uri(), size=PHONE, touch=True)
    pictures_are_there(page)
    panes = page.locator("#panes")
    panes.evaluate("(e) => { e.style.width = '250px'; }")
    page.wait_for_timeout(500)
    picture = page.locator(".picture .openseadragon-canvas").nth(1)
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    session = page.context.new_cdp_session(page)
    for step in range(12):
        point = {"x": box["x"] + 70 - 8 * step, "y": box["y"] + 60, "id": 0}
        kind = "touchMove" if step else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)
    assert panes.evaluate("(e) => e.scrollLeft") > 20
    panes.evaluate("(e) => { e.style.width = ''; }")
    for mode in ("Swipe", "Blink"):
        page.get_by_text(mode, exact=True).click()
        page.wait_for_timeout(300)
        assert (
            page.locator(".picture").first.bounding_box()["width"]
            > 0.95 * (panes.bounding_box()["width"])
        )


def test_a_run_is_inspected_with_its_filters(open_page, run_folder, check_accessibility):
    from looking import settle

    with served(run_folder) as address:
        page = open_page(address)
        settle(page)
        assert page.locator("#attack-filters").is_visible()
        everything = page.locator("#list [role=option]").count()
        page.locator("#success").select_option("true")
        successes = page.locator("#list [role=option]").count()
        page.locator("#success").select_option("false")
        failures = page.locator("#list [role=option]").count()
        # What is shown is of the list, as long as there is anything in it.
        chosen = page.locator("#list [aria-selected=true]")
        assert chosen.count() == min(1, failures)
        assert successes + failures == everything
        page.locator("#success").select_option("")
        page.locator("#list .fact", has_text=", original").first.wait_for()
        page.locator("#most").fill("0")
        assert page.locator("#list [role=option]").count() == failures_without_change(page)
        page.locator("#most").fill("")
        settle(page)
        assert "success" in page.locator("#attacks").inner_text()
        check_accessibility(page)
        page.wait_for_timeout(500)


def failures_without_change(page):
    """Images that no attack changed, such as those misclassified already."""
    return page.evaluate(
        "async () => (await (await fetch('manifest.json')).json()).scenes.filter("
        "s => s.subjects.some(o => o.facts.attack && o.facts.L2 <= 0)).length"
    )


def test_a_ranked_page_begins_where_the_ranking_does(open_page, tmp_path):
    digits = sorted(percept_adv_models.dataset_path("mnist-sample").glob("*.png"))
    calibrate = [COMMAND, "calibrate", "c4", *digits[:7], "-o", tmp_path / "clean.json", "--quiet"]
    subprocess.run(calibrate, check=True, capture_output=True, timeout=300)
    scored = ["--model", "c4", "--calibration", tmp_path / "clean.json", "--json"]
    command = [COMMAND, "magnify", *digits[7:12], "-o", tmp_path / "out", "--html", "--rank"]
    told = subprocess.run(
        [*command, *scored, "--quiet"], check=True, capture_output=True, text=True, timeout=300
    )
    ranking = json.loads(told.stdout.splitlines()[-1])["ranking"]
    page = open_page((tmp_path / "out" / "index.html").as_uri())
    pictures_are_there(page)
    facts = page.locator("#list .fact")
    assert facts.all_inner_texts() == [
        f"Smallest quantile {one['smallest_quantile']:.4f}" for one in ranking
    ]
    assert page.locator("#scene-name").inner_text() == Path(ranking[0]["input"]).name
    assert page.locator("#order").get_attribute("aria-pressed") == "true"
    assert "calibrated on 7 clean images" in page.locator("#few").inner_text()
    assert page.locator("#quantiles tr").count() == 9
    page.locator("#order").click()
    assert facts.first.inner_text().endswith(f"{ranking[-1]['smallest_quantile']:.4f}")
    page.locator("#sort").select_option("rms_flat")
    greatest = max(page.locator("#list .fact").all_inner_texts())
    assert facts.first.inner_text() == greatest
