"""``percept-adv inspect`` in a browser."""

import json

import numpy as np
import pytest
from looking import centre_pixels, pane_titles, set_slider, settle, state_of
from serving import PHONE, WIDE, served

from percept_adv import magnify
from percept_adv.images import read_image, write_png
from percept_adv.magnification import viewing_range

pytestmark = pytest.mark.slow

OPTION = "#list [role=option]"
# How much of a pane's height the whole image takes.
_SHARE_OF_HEIGHT = """(pane) => {
  const canvas = pane.querySelector('.picture canvas');
  const data = canvas.getContext('2d').getImageData(canvas.width / 2, 0, 1, canvas.height).data;
  return data.filter((value, place) => place % 4 === 3 && value > 0).length / canvas.height;
}"""


@pytest.fixture(scope="module")
def many(images):
    """The page over two images, one like its reference and one unlike."""
    clean = read_image(images / "clean" / "a.png").pixels
    write_png(images / "two" / "a.png", read_image(images / "in" / "a.png").pixels)
    write_png(images / "two" / "b.png", clean[::-1])
    with served(images / "two", "--reference", images / "clean" / "a.png") as address:
        yield address


def assert_shows(page, place, picture):
    """Assert that a pane at 8:1 shows pixels of a picture, each as a flat square."""
    shown = centre_pixels(page, place).astype(int)
    height, width = picture.shape[:2]
    expected = picture[height // 2 - 2 : height // 2 + 2, width // 2 - 2 : width // 2 + 2]
    # Around the middle of each square: its borders may lie half a screen pixel aside.
    for dy in (-1, 1):
        for dx in (-1, 1):
            squares = shown[8 + dy :: 8, 8 + dx :: 8][:4, :4]
            assert np.abs(squares - expected).max() <= 1


def test_the_canvas_shows_what_magnify_makes_also_after_sliders(open_page, address, images):
    page = open_page(address + "#scene=0")
    settle(page)
    assert pane_titles(page) == ["image", "Magnified · image"]
    page.keyboard.press("8")
    page.wait_for_timeout(600)
    samples = read_image(images / "in" / "a.png").samples
    image = read_image(images / "in" / "a.png").as_float(np.float32)
    assert_shows(page, 0, samples)
    signal = magnify(image)
    assert_shows(page, 1, viewing_range([signal], "fixed").render_8bit(signal))
    set_slider(page, "gain", 700)
    set_slider(page, "beta", 300)
    set_slider(page, "domain_sigma", 300)
    settle(page)
    state = {name: float(state_of(page)[name]) for name in ("gain", "beta", "domain_sigma")}
    assert state["beta"] == 0.3
    assert state["gain"] > 2
    signal = magnify(image, beta=state["beta"], domain_sigma=state["domain_sigma"])
    expected = viewing_range([signal], "fixed", gain=state["gain"]).render_8bit(signal)
    assert_shows(page, 1, expected)


def test_through_a_drag_the_newest_region_is_exact_before_the_whole_image_is(
    open_page, address, images
):
    page = open_page(address + "#scene=1")
    settle(page)
    page.keyboard.press("8")
    page.wait_for_timeout(600)
    settle(page)
    page.evaluate(
        "() => { window.seen = []; document.addEventListener('region', ({detail}) => seen.push("
        "[detail.exact, document.querySelectorAll('.pane.busy').length])); }"
    )
    for place in (300, 420, 540, 660, 780):
        set_slider(page, "domain_sigma", place)
        page.wait_for_timeout(40)
    sigma = float(page.locator('output[for="domain_sigma"]').inner_text())
    # The last exact region counts, while its pane still waits for the whole image.
    page.wait_for_function("() => seen.some(([exact, busy]) => exact && busy)")
    page.wait_for_timeout(100)
    assert page.locator(".pane.busy").count() == 1
    image = read_image(images / "in" / "large.png").as_float(np.float32)
    signal = magnify(image, domain_sigma=sigma)
    expected = viewing_range([signal], "fixed").render_8bit(signal)
    assert_shows(page, 1, expected)
    settle(page)
    assert_shows(page, 1, expected)


def test_zoom_is_one_for_all_pictures_of_an_image(open_page, address):
    page = open_page(address + "#scene=0")
    settle(page)
    box = page.locator(".picture").first.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(600)
    first, second = centre_pixels(page, 0), centre_pixels(page, 1)
    assert first.std() > 0
    assert second.std() > 0
    assert state_of(page)["at"]
    page.locator("#zoom-fit").click()
    page.wait_for_timeout(500)
    assert not state_of(page).get("at")


def test_everything_can_be_done_with_the_keyboard_alone(open_page, address):
    page = open_page(address)
    settle(page)
    page.keyboard.press("j")
    page.wait_for_function("() => location.hash.includes('scene=1')")
    page.keyboard.press("k")
    page.keyboard.press("/")
    page.keyboard.type("larg")
    assert page.locator(OPTION).count() == 1
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    assert page.locator(OPTION).count() == 3
    page.locator("#list").focus()
    page.keyboard.press("End")
    page.wait_for_function("() => location.hash.includes('scene=2')")
    assert "truncated" in page.locator("#panes .message").inner_text()
    page.keyboard.press("Home")
    settle(page)
    page.locator("#gain").focus()
    before = float(state_of(page)["gain"])
    page.keyboard.press("ArrowRight")
    assert float(state_of(page)["gain"]) > before
    page.keyboard.press("v")
    page.wait_for_selector("#values tr")
    assert page.locator("#place").inner_text() == "x 48, y 48"
    page.keyboard.press("b")
    assert page.locator("#panes").get_attribute("data-mode") == "blink"
    page.keyboard.press("w")
    assert page.locator("#panes").get_attribute("data-mode") == "swipe"
    page.locator("#swipe").focus()
    page.keyboard.press("Home")
    assert state_of(page)["swipe"] == "0"
    page.keyboard.press("s")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_the_focus_is_seen(open_page, address):
    page = open_page(address)
    settle(page)
    page.locator("#filter").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "() => { let e = document.activeElement; const label = e.closest('.segments label'); "
            "const s = getComputedStyle(label ?? e); return [s.outlineStyle, e.id, e.className]; }"
        )
        assert style[0] != "none", style


def test_blink_alternates_and_swipe_divides(open_page, reference_address):
    page = open_page(reference_address + "#arrangement=pair")
    settle(page)
    page.get_by_text("Blink", exact=True).click()
    seen = set()
    for _ in range(14):
        page.wait_for_timeout(150)
        seen.add(page.locator(".pane").nth(1).evaluate("(e) => getComputedStyle(e).visibility"))
    assert seen == {"visible", "hidden"}
    page.get_by_text("Swipe", exact=True).click()
    handle = page.locator("#swipe-handle").bounding_box()
    stage = page.locator("#panes").bounding_box()
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + 300)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * 0.25, handle["y"] + 300, steps=5)
    page.mouse.up()
    assert abs(float(state_of(page)["swipe"]) - 25) < 3
    clip = page.locator(".pane .picture").nth(1).evaluate("(e) => getComputedStyle(e).clipPath")
    assert "25" in clip or "24" in clip or "26" in clip


def test_a_reference_brings_difference_and_its_own_magnification(open_page, reference_address):
    page = open_page(reference_address)
    settle(page)
    assert pane_titles(page) == [
        "image", "Magnified · image", "Difference · image", "Magnified · reference",
    ]  # fmt: skip
    assert page.locator("#difference_gain").is_visible()
    page.locator(".pane select").nth(3).select_option("image:spectrum")
    settle(page)
    assert "Hann window" in page.locator("#views-shown").inner_text()
    assert page.locator("#view_gain").is_visible()


def test_an_attack_without_originals_fills_the_stage(open_page, tmp_path):
    write_png(tmp_path / "ddn" / "a.png", np.random.default_rng(0).random((30, 40, 3)))
    record = {"attack": "ddn", "success": True, "label_before": 1, "label_after": 2}
    record |= {"stored_l2": 1.0, "output": "a.png"}
    (tmp_path / "ddn" / "a.json").write_text(json.dumps(record))
    with served(tmp_path / "ddn") as own:
        page = open_page(own)
        settle(page)
        assert page.locator("#arrangement option:checked").inner_text() == "All attacks"
        assert pane_titles(page) == ["ddn", "Magnified · ddn"]
        boxes = [pane.bounding_box() for pane in page.locator(".pane").all()]
        stage = page.locator("#panes").bounding_box()
        # The page asks for changes for as long as it is open.
        page.context.close()
    areas = [box["width"] * box["height"] for box in boxes]
    assert sum(areas) > 0.95 * stage["width"] * stage["height"]


def test_values_histogram_statistics_and_downloads(open_page, address, images):
    page = open_page(address + "#scene=0")
    settle(page)
    hint = page.get_by_text("Point at a picture")
    assert hint.is_visible()
    box = page.locator(".picture").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#values tr")
    assert not hint.is_visible()
    place = page.locator("#place").inner_text()
    x, y = (int(part.split()[1]) for part in place.split(","))
    shown = [int(v) for v in page.locator("#values tr").first.locator("td").all_inner_texts()]
    assert shown == read_image(images / "in" / "a.png").samples[y, x].tolist()
    assert page.locator("#histogram polyline").count() == 3
    page.wait_for_function("() => document.querySelectorAll('#statistics tr').length > 5")
    with page.expect_download() as got:
        page.locator("#downloads a").nth(1).click()
    assert got.value.suggested_filename == "a_magnified.npy"
    np.testing.assert_allclose(
        np.load(got.value.path()),
        magnify(read_image(images / "in" / "a.png").as_float(np.float32)),
        atol=1e-4,
    )


def test_a_link_shows_the_same_again(open_page, address):
    page = open_page(address + "#scene=0")
    settle(page)
    set_slider(page, "gain", 640)
    page.locator("#channel").select_option("red")
    page.locator("#list").focus()
    page.keyboard.press("8")
    page.wait_for_timeout(600)
    settle(page)
    link = page.evaluate("() => location.href")
    shown = centre_pixels(page, 1)
    again = open_page(link)
    settle(again)
    again.wait_for_timeout(300)
    np.testing.assert_allclose(centre_pixels(again, 1)[8::8, 8::8], shown[8::8, 8::8], atol=1)
    assert again.locator("#channel").input_value() == "red"


def test_back_and_other_addresses_show_what_they_say_and_a_whole_image_fits(open_page, many):
    page = open_page(many)
    settle(page)
    assert "at" not in state_of(page)
    page.keyboard.press("8")
    page.wait_for_timeout(600)
    place = state_of(page)["at"]
    page.set_viewport_size({"width": 1200, "height": 700})
    page.locator("#list").focus()
    page.keyboard.press("j")
    settle(page)
    whole = page.locator(".pane").first.evaluate(_SHARE_OF_HEIGHT)
    assert whole == pytest.approx(1, abs=0.02)
    # Small noise is shown with a gain of its own, a picture turned over without.
    gains = [float(state_of(page)["difference_gain"])]
    page.go_back()
    settle(page)
    gains.append(float(page.locator('output[for="difference_gain"]').inner_text()))
    assert gains[0] < 3 < gains[1]
    assert "scene=0" in page.url
    assert state_of(page)["at"] == place
    page.evaluate("() => { location.hash = 'scene=1&gain=3&order=rising&filter=b.p'; }")
    settle(page)
    assert page.locator("#scene-name").inner_text() == "b.png"
    assert page.locator('output[for="gain"]').inner_text() == "3"
    assert page.locator(OPTION).count() == 1
    assert page.locator("#order").get_attribute("aria-pressed") == "true"
    page.locator("#filter").fill("no such name")
    assert page.locator("#none").is_visible()
    page.locator("#show-all").click()
    assert page.locator(OPTION).count() == 2
    page.locator("#list").focus()
    for _ in range(20):
        page.keyboard.press("]")
    settle(page)
    assert page.locator('output[for="gain"]').inner_text() == "20"


def test_a_server_that_has_ended_is_told_of(chromium, images):
    context = chromium.new_context(viewport=WIDE)
    page = context.new_page()
    with served(images / "in" / "a.png") as own:
        page.goto(own)
        page.wait_for_selector("body[data-ready]")
        settle(page)
    # A page that still waits for statistics knows already.
    page.locator("#beta").fill("100")
    page.wait_for_selector("#gone", state="visible")
    assert "does not answer" in page.locator(".pane .status").nth(1).inner_text()
    context.close()


def test_the_list_sorts_by_statistics_and_names_what_is_broken(open_page, address):
    page = open_page(address)
    page.wait_for_function(
        "() => [...document.querySelectorAll('#list .fact')]"
        ".filter(f => f.textContent.includes('RMS')).length == 2"
    )
    page.locator("#sort").select_option("rms_flat")
    values = page.locator("#list .fact").all_inner_texts()
    assert values[0].split()[-1] >= values[1].split()[-1]
    assert "truncated" in values[2]
    page.locator("#order").click()
    turned = page.locator("#list .fact").all_inner_texts()
    assert turned[:2] == values[1::-1]


def test_touch_pinches_and_a_swipe_still_scrolls(open_page, address):
    page = open_page(address + "#scene=0", size=PHONE, touch=True)
    settle(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    canvas = page.locator(".picture .openseadragon-canvas").first
    assert canvas.evaluate("(e) => getComputedStyle(e).touchAction") == "pan-y"
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    session = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind, *points):
        touches = [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    before = page.evaluate("() => scrollY")
    touch("touchStart", (x, y + 90))
    for step in range(1, 12):
        touch("touchMove", (x, y + 90 - 15 * step))
        page.wait_for_timeout(16)
    touch("touchEnd")
    page.wait_for_timeout(600)
    assert page.evaluate("() => scrollY") > before + 50
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch("touchStart", (x - 20, y), (x + 20, y))
    for step in range(1, 9):
        touch("touchMove", (x - 20 - 12 * step, y), (x + 20 + 12 * step, y))
        page.wait_for_timeout(30)
    touch("touchEnd")
    page.wait_for_timeout(500)
    assert state_of(page).get("at"), "two fingers did not zoom"
    assert canvas.evaluate("(e) => getComputedStyle(e).touchAction") == "none"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_accessibility_findings(open_page, reference_address, check_accessibility, size, dark):
    page = open_page(reference_address, size=size, dark=dark)
    settle(page)
    check_accessibility(page)
    page.keyboard.press("?")
    check_accessibility(page)
