"""The demo with few iterations: everything that it promises lies in the folder."""

import json
import re
import shutil
import subprocess

import numpy as np
import onnxruntime
import percept_adv_models as bundled
import pytest
import skimage.data
from click.testing import CliRunner
from percept_adv_cli.demo import run as demo_run
from percept_adv_cli.demo.command import demo
from PIL import Image as Pillow

from percept_adv.errors import ExistingOutputError

pytestmark = pytest.mark.slow

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


def classify(path):
    """What a program that knows nothing of percept_adv makes of a file: Pillow and onnxruntime."""
    with Pillow.open(path) as picture:
        side = min(picture.size)
        left, top = (picture.width - side) // 2, (picture.height - side) // 2
        square = picture.convert("RGB").crop((left, top, left + side, top + side))
        resized = np.asarray(square.resize((224, 224), Pillow.Resampling.BICUBIC))
    values = ((resized.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[np.newaxis]
    session = onnxruntime.InferenceSession(bundled.path("efficientnet-lite0"))
    (logits,) = session.run(None, {session.get_inputs()[0].name: values})
    return int(logits[0].argmax())


def test_every_stored_file_fools_the_pipeline(folder):
    figures = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    assert (len(figures["photographs"]), figures["at"]) == (3, "file")
    for photograph in figures["photographs"]:
        place = folder / photograph["name"].replace(" ", "_")
        assert sorted(p.name for p in place.iterdir()) == sorted(PICTURES)
        with Pillow.open(f"{skimage.data.data_dir}/{photograph['file']}") as original:
            size = original.size
        for attack, record in photograph["attacks"].items():
            path = place / f"{attack}_adversarial.png"
            with Pillow.open(path) as stored:
                assert stored.size == size
            label = classify(path)
            assert label == record["label_after"] == record["read_back"] != record["label"]
            assert classify(place / "original.png") == record["label"]
            assert record["stored_l2"] > 0


def test_the_page_has_all_that_it_names_beside_it(folder):
    page = (folder / "index.html").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert sources
    assert all((folder / source).is_file() for source in sources if ":" not in source)
    assert not re.search(r'(href|src)="https?:', page)
    for word in (
        "Egyptian cat",
        "espresso",
        "tripod",
        "MAD",
        "HI",
        "LO",
        "SSIM",
        "Linf",
        "own size",
    ):
        assert word in page


def test_stored_as_jpeg(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_run, "_SEARCH_STEPS", 1)
    monkeypatch.setattr(demo_run, "_ITERATIONS", 4)
    monkeypatch.setattr(demo_run, "_TITLES", {"cw": "C&W"})
    monkeypatch.setattr(demo_run, "_PHOTOGRAPHS", {"cat": "chelsea.png"})
    arguments = ["-o", str(tmp_path), "--store", "jpeg", "--quality", "80", "--quiet"]
    done = CliRunner().invoke(demo, arguments, standalone_mode=False)
    assert done.exception is None
    with Pillow.open(tmp_path / "cat" / "cw_adversarial.jpg") as file:
        assert file.format == "JPEG"
    figures = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    record = figures["photographs"][0]["attacks"]["cw"]
    assert figures["store"] == "jpeg 80 4:2:0"
    assert record["read_back"] == classify(tmp_path / "cat" / "cw_adversarial.jpg")
    assert "cw_adversarial.jpg" in (tmp_path / "index.html").read_text(encoding="utf-8")

    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert not [path for path in before if path.name.startswith(".")]
    again = CliRunner().invoke(demo, arguments, standalone_mode=False)
    assert (again.exception, again.return_value) == (None, done.return_value)
    assert "1 existing output kept" in again.stderr
    assert again.stdout == done.stdout
    other = CliRunner().invoke(demo, [*arguments, "--quality", "70"], standalone_mode=False)
    assert isinstance(other.exception, ExistingOutputError)
    assert "store was jpeg 80 4:2:0, now jpeg 70 4:2:0" in str(other.exception)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_a_browser_shows_all_pictures(folder, tmp_path):
    page = folder / "probe.html"
    script = (
        "<script>addEventListener('load', () => setTimeout(() => document.title = 'shown ' + "
        "[...document.images].filter(i => i.naturalWidth).length + ', broken ' + "
        "[...document.images].filter(i => i.complete && !i.naturalWidth).length, 500))</script>"
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
        [
            BROWSER,
            *flags,
            f"--user-data-dir={tmp_path}/profile",
            "--dump-dom",
            "--virtual-time-budget=5000",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    shown = re.search(r"<title>shown (\d+), broken (\d+)</title>", done.stdout)
    assert shown, done.stdout[:500]
    assert int(shown[1]) >= 3
    assert int(shown[2]) == 0
