"""Pages in Debian's chromium: the real command, the real page, no other network."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from serving import COMMAND, WIDE, served

from percept_adv.images import read_image, write_png

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PHOTO = Path(__file__).parents[1] / "data" / "magnification" / "astronaut96.png"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium():
    """The browser; without one these tests cannot run."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs percept-adv[test]")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Open an address; console errors, failed and foreign requests fail the test."""
    contexts, wrong = [], []

    def start(address, *, size=WIDE, dark=False, touch=False):
        context = chromium.new_context(
            viewport=size,
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            is_mobile=touch,
        )
        contexts.append(context)
        context.set_default_timeout(90_000)
        page = context.new_page()
        home = address.split("#")[0].rsplit("/", 1)[0]
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))

        def check(request):
            if not request.url.startswith((home, "data:", "blob:")):
                wrong.append(f"a request elsewhere: {request.url}")

        page.on("request", check)
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        return page

    yield start
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    """A small photograph, a larger one, a truncated file; and a folder of references."""
    root = tmp_path_factory.mktemp("images")
    photo = read_image(PHOTO).pixels
    noisy = np.clip(photo + np.random.default_rng(0).normal(0, 0.02, photo.shape), 0, 1)
    write_png(root / "in" / "a.png", noisy)
    write_png(root / "in" / "large.png", np.tile(photo, (12, 14, 1)))
    (root / "in" / "truncated.png").write_bytes(PHOTO.read_bytes()[:3000])
    write_png(root / "clean" / "a.png", photo)
    return root


@pytest.fixture(scope="session")
def address(images):
    """The page over all images."""
    with served(images / "in") as address:
        yield address


@pytest.fixture(scope="session")
def reference_address(images):
    """The page over one image beside its reference."""
    with served(images / "in" / "a.png", "--reference", images / "clean" / "a.png") as address:
        yield address


@pytest.fixture(scope="session")
def check_accessibility():
    """Run axe-core on a page: no findings."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def check(page):
        results = axe.run(page)
        findings = [
            (found["id"], [node["html"][:160] for node in found["nodes"]])
            for found in results.response["violations"]
        ]
        assert not findings

    return check


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """A folder of ``evaluate``: FGSM on some digits."""
    out = tmp_path_factory.mktemp("run") / "run"
    command = [
        COMMAND,
        "evaluate",
        "c4",
        "mnist-sample",
        "-o",
        out,
        "--attacks",
        "fgsm",
        "--limit",
        "6",
    ]
    subprocess.run(
        [*command, "--eps", "fgsm=0.1,0.3", "--quiet", "--provider", "cpu"],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return out
