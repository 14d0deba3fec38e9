"""``--store``: what lies on the disk is what was judged, whatever kind of file it is."""

import io
import json
import sqlite3

import numpy as np
import percept_adv_models
import pytest
from PIL import Image as Pillow

from percept_adv import Classifier

DIGITS = percept_adv_models.dataset_path("mnist-sample")
FAST = ["--attack", "ddn", "-p", "iterations=30", "--quiet", "--json"]


def judged(record, classifier):
    """Return the class of a file as Pillow alone reads it."""
    with Pillow.open(record["output"]) as picture:
        pixels = np.asarray(picture.convert("L"), np.float32)[None, :, :, None] / 255
        return picture.format, int(classifier.predict(pixels)[0])


@pytest.fixture
def digits(tmp_path):
    """One digit as PNG, one as JPEG with EXIF, a comment and a resolution."""
    folder = tmp_path / "digits"
    folder.mkdir()
    first, second = sorted(DIGITS.glob("*.png"))[:2]
    (folder / "a.png").write_bytes(first.read_bytes())
    exif = Pillow.Exif()
    exif[0x010F] = "a camera"
    with Pillow.open(second) as picture:
        picture.save(folder / "b.jpg", quality=83, exif=exif, comment=b"a comment", dpi=(240, 240))
    return folder


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (["--store", "jpeg"], {"JPEG"}),
        (["--store", "jpeg", "--quality", "70", "--subsampling", "4:4:4"], {"JPEG"}),
        (["--store", "source"], {"JPEG", "PNG"}),
        ([], {"PNG"}),
    ],
)
def test_files_hold_what_was_judged(options, kinds, digits, tmp_path, percept_adv_here):
    done = percept_adv_here("attack", "c4", digits, "-o", tmp_path / "out", *FAST, *options)
    assert done.returncode == 0, done.stderr
    classifier = Classifier("c4")
    found = set()
    for record in map(json.loads, done.stdout.splitlines()):
        kind, label = judged(record, classifier)
        found.add(kind)
        assert label == record["label_after"]
        assert record["success"]
        assert record["stored_l2"] > 0
    assert found == kinds


def test_source_keeps_tables_and_metadata(digits, tmp_path, percept_adv_here):
    out = tmp_path / "out"
    assert (
        percept_adv_here("attack", "c4", digits, "-o", out, *FAST, "--store", "source").returncode
        == 0
    )
    with Pillow.open(digits / "b.jpg") as before, Pillow.open(out / "b.jpg") as after:
        assert after.quantization == before.quantization
        assert after.info["dpi"] == before.info["dpi"]
        assert after.info["comment"] == b"a comment"
        assert after.getexif()[0x010F] == "a camera"
        change = np.asarray(after, float) - np.asarray(before, float)
        record = json.loads((out / "b.json").read_text())
        assert record["stored_l2"] == pytest.approx(np.linalg.norm(change) / 255, rel=1e-5)


def test_a_result_of_another_store_stands_in_the_way(digits, tmp_path, percept_adv_here):
    command = ["attack", "c4", digits / "a.png", "-o", tmp_path / "out", *FAST, "--store", "jpeg"]
    assert percept_adv_here(*command).returncode == 0
    again = percept_adv_here(*command)
    assert again.returncode == 0
    assert "1 existing outputs kept" in again.stderr or "1 existing output kept" in again.stderr
    other = percept_adv_here(*command, "--quality", "50")
    assert other.returncode == 1
    assert "store was jpeg 90 4:2:0, now jpeg 50 4:2:0" in other.stderr


def test_quality_needs_jpeg(digits, tmp_path, percept_adv_here):
    for options in (["--quality", "50"], ["--subsampling", "4:4:4", "--store", "source"]):
        done = percept_adv_here("attack", "c4", digits, "-o", tmp_path / "out", *options)
        assert done.returncode == 2
        assert f"{options[0]} belongs to --store jpeg" in done.stderr
        assert not (tmp_path / "out").exists()


def test_a_cmyk_jpeg_becomes_a_png_and_says_so(tmp_path, percept_adv_here):
    picture = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    written = io.BytesIO()
    Pillow.fromarray(picture).convert("CMYK").save(written, "JPEG")
    (tmp_path / "cmyk.jpg").write_bytes(written.getvalue())
    done = percept_adv_here(
        "attack", "efficientnet-lite0", tmp_path / "cmyk.jpg", "-o", tmp_path / "out",
        "--attack", "fgsm", "--store", "source", "--quiet",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (
        "the JPEG cannot be kept as it is: it is CMYK; the result is stored as PNG" in done.stderr
    )
    assert (tmp_path / "out" / "cmyk.png").exists()


def test_a_run_folder_keeps_the_files_that_were_judged(digits, tmp_path, percept_adv_here):
    (digits / "labels.csv").write_text("file,label\na.png,7\nb.jpg,2\n")
    run = tmp_path / "run"
    command = ["evaluate", "c4", digits, "-o", run, "--attacks", "ddn", "--quiet", "--provider",
               "cpu", "-p", "ddn.iterations=20", "--through", "blur:0.5", "--store", "source",
               ]  # fmt: skip
    done = percept_adv_here(*command)
    assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in (run / "adversarials").rglob("*") if path.is_file())
    assert files == ["a.png", "b.jpg"]
    with Pillow.open(next((run / "adversarials").rglob("b.jpg"))) as picture:
        assert picture.info["comment"] == b"a comment"
    with sqlite3.connect(run / "run.sqlite") as database:
        rows = database.execute("SELECT value FROM metric WHERE name = 'survived blur:0.5'")
        assert rows.fetchall() == [(1.0,), (1.0,)]
    other = percept_adv_here(*command[:-1], "jpeg")
    assert other.returncode == 2
    assert "store is" in other.stderr


def test_results_survive_what_is_asked_and_say_so(digits, tmp_path, percept_adv_here):
    done = percept_adv_here(
        "attack", "c4", digits, "-o", tmp_path / "out", *FAST, "--through", "blur:0.7,jpeg:80"
    )
    assert done.returncode == 0, done.stderr
    classifier = Classifier("c4")
    for record in map(json.loads, done.stdout.splitlines()):
        assert record["success"]
        assert record["survived"] == {"blur:0.7": True, "jpeg:80": True}
        with Pillow.open(record["output"]) as picture:
            again = io.BytesIO()
            picture.save(again, "JPEG", quality=80)
        with Pillow.open(again) as picture:
            pixels = np.asarray(picture, np.float32)[None, :, :, None] / 255
        assert classifier.predict(pixels)[0] != record["label"]


def test_an_unknown_transformation_is_usage(digits, tmp_path, percept_adv_here):
    done = percept_adv_here(
        "attack", "c4", digits, "-o", tmp_path / "out", "--through", "sharpen:2"
    )
    assert done.returncode == 2
    assert "unknown transformation 'sharpen:2': give jpeg:QUALITY" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_named_like_an_image_is_usage(digits, tmp_path, percept_adv_here):
    ended = percept_adv_here("attack", "c4", digits / "a.png", "-o", tmp_path / "out.png", *FAST)
    assert ended.returncode == 2
    assert "named like an image" in ended.stderr
    assert not (tmp_path / "out.png").exists()
