"""The demo with few iterations: everything that it promises lies in the folder."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from percept_adv_cli.demo import run as demo_run
from percept_adv_cli.demo.command import demo

from percept_adv import Classifier
from percept_adv.images import read_image

PICTURES = [
    "original.png",
    "original_magnified.png",
    "overview.png",
    *(f"{a}_{k}.png" for a in ("cw", "scw") for k in ("adversarial", "perturbation", "magnified")),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_run, "_SEARCH_STEPS", 1)
        patch.setattr(demo_run, "_ITERATIONS", 12)
        done = CliRunner().invoke(demo, ["-o", str(out), "--quiet"], standalone_mode=False)
    assert done.exception is None
    assert done.return_value == 0
    return out


def test_every_picture_is_there_and_adversarial_as_stored(folder):
    figures = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    classifier = Classifier("efficientnet-lite0")
    assert len(figures["photographs"]) == 3
    for photograph in figures["photographs"]:
        place = folder / photograph["name"].replace(" ", "_")
        assert sorted(p.name for p in place.iterdir()) == sorted(PICTURES)
        for attack, record in photograph["attacks"].items():
            pixels = read_image(place / f"{attack}_adversarial.png").pixels
            label = classifier.predict(pixels[None])[0]
            assert label == record["label_after"] == record["read_back"] != record["label"]
            assert record["stored_l2"] > 0


def test_the_page_holds_everything_itself(folder):
    page = (folder / "index.html").read_text(encoding="utf-8")
    sources = re.findall(r'src="([^"]*)"', page)
    assert len(sources) == 3 * 8
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r'(href|src)="https?:', page)
    for word in ("Egyptian cat", "espresso", "tripod", "MAD", "HI", "LO", "SSIM", "Linf"):
        assert word in page


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_a_browser_shows_all_pictures(folder, tmp_path):
    page = Path(tmp_path / "probe.html")
    script = (
        "<script>addEventListener('load', () => document.title = 'shown ' + "
        "[...document.images].filter(i => i.naturalWidth === 224).length)</script>"
    )
    page.write_text((folder / "index.html").read_text(encoding="utf-8") + script, encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    done = subprocess.run(
        [BROWSER, *flags, f"--user-data-dir={tmp_path}/profile", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "<title>shown 24</title>" in done.stdout
