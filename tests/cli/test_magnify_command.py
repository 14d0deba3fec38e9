import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

import in_process
import numpy as np
import pytest
import tifffile

from percept_adv import magnify
from percept_adv.images import read_image, write_png

COMMAND = Path(sys.executable).with_name("percept-adv")
PHOTO = Path(__file__).parents[1] / "data" / "magnification" / "astronaut96.png"

pytestmark = pytest.mark.usefixtures("compiled")


def run(*arguments, code=0):
    result = in_process.percept_adv("magnify", *arguments)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    return result


@pytest.fixture
def photo():
    return read_image(PHOTO).as_float(np.float32)


@pytest.fixture
def folder(tmp_path, photo):
    """Two photographs, one of them a level below, and a broken file."""
    root = tmp_path / "in"
    write_png(root / "a.png", photo)
    write_png(root / "sub" / "b.png", photo[::-1, :60, 0])
    (root / "broken.png").write_bytes(PHOTO.read_bytes()[:3000])
    return root


def test_one_file_becomes_half_plus_a_third_of_the_signal(tmp_path, photo):
    run(PHOTO, "-o", tmp_path / "out.png")
    expected = np.rint(np.clip(0.5 + magnify(photo) / 3, 0, 1) * 255)
    difference = read_image(tmp_path / "out.png").samples - expected
    assert np.abs(difference).max() <= 1
    assert (difference == 0).mean() > 0.999


def test_a_folder_is_mirrored_and_a_broken_file_named(folder, tmp_path):
    out = tmp_path / "out"
    result = run(folder, "-o", out, "--json", "--rank", "--html", "--quiet", code=1)
    files = [path.relative_to(out) for path in out.rglob("*") if path.is_file()]
    made = sorted(str(path) for path in files if path.parts[0] != "viewer")
    assert made == [
        "a.json", "a.png", "index.html", "index.html.json", "sub/b.json", "sub/b.png",
    ]  # fmt: skip
    assert len(result.stderr.splitlines()) == 1
    assert "broken.png" in result.stderr

    *records, ranking = map(json.loads, result.stdout.splitlines())
    assert [Path(record["input"]).name for record in records] == ["a.png", "b.png"]
    first = records[0]
    assert (first["width"], first["height"], first["channels"]) == (96, 96, 3)
    assert first["sha256"] == hashlib.sha256((folder / "a.png").read_bytes()).hexdigest()
    assert first["parameters"]["low"] == -1.5
    assert 0 < first["share_clipped"] < 0.1
    values = [entry["rms_flat"] for entry in ranking["ranking"]]
    assert values == sorted((record["rms_flat"] for record in records), reverse=True)
    assert "No verdict" in ranking["note"]


def manifest_of(page):
    return json.loads(re.search(r'id="manifest">(.*?)</script>', page.read_text()).group(1))


def test_the_page_names_files_beside_it_and_a_single_file_none(folder, tmp_path):
    run(folder, "-o", tmp_path / "out", "--html", "--rank", "--quiet", code=1)
    index = tmp_path / "out" / "index.html"
    manifest = manifest_of(index)
    assert [scene["name"] for scene in manifest["scenes"]] == ["a.png", "sub/b.png"]
    assert manifest["sort"] == "rms_flat"
    for scene in manifest["scenes"]:
        (subject,) = scene["subjects"]
        for kept in (scene["thumbnail"], *subject["pictures"].values()):
            assert (index.parent / kept).is_file()
    shown = index.parent / manifest["scenes"][0]["subjects"][0]["pictures"]["magnified"]
    assert shown.read_bytes() == (index.parent / "a.png").read_bytes()
    assert (index.parent / "viewer" / "openseadragon.LICENSE.txt").is_file()

    run(folder, "-o", tmp_path / "one", "--single-file", "--quiet", code=1)
    assert not (tmp_path / "one" / "viewer").exists()
    page = (tmp_path / "one" / "index.html").read_text()
    assert page.count("data:image/png;base64,") == 4
    assert not re.search(r'<(script|link|img)[^>]* (src|href)="(?!data:)', page)


def test_existing_results_are_kept_unless_told_otherwise(tmp_path):
    out = tmp_path / "out.png"
    out.write_text("mine")
    refused = run(PHOTO, "-o", out, code=1)
    assert "no record says what made it" in refused.stderr
    assert out.read_text() == "mine"
    run(PHOTO, "-o", out, "--overwrite")
    assert read_image(out).samples.shape == (96, 96, 3)


def test_the_input_is_never_overwritten(folder):
    result = run(folder / "a.png", "-o", folder, "--overwrite", code=1)
    assert "would replace" in result.stderr


@pytest.mark.parametrize(("kind", "suffix"), [("npy", ".npy"), ("tiff", ".tif")])
def test_float_writes_the_unscaled_values(tmp_path, photo, kind, suffix):
    run(PHOTO, "-o", tmp_path, "--float", kind, "--crop", 10, 20, 30, 40, "--beta", 0.5)
    path = tmp_path / f"astronaut96{suffix}"
    values = np.load(path) if kind == "npy" else tifffile.imread(path)
    np.testing.assert_array_equal(values, magnify(photo, beta=0.5)[20:60, 10:40])


def test_the_reference_is_shown_on_the_same_scale(tmp_path, photo):
    noisy = np.clip(photo + np.random.default_rng(0).normal(0, 0.02, photo.shape), 0, 1)
    write_png(tmp_path / "noisy.png", noisy)
    out = tmp_path / "out"
    options = ["--norm", "minmax", "--side-by-side", "--json"]
    result = run(tmp_path / "noisy.png", "-o", out, "--reference", PHOTO, *options)
    record = json.loads(result.stdout)
    assert record["rms_flat"] > record["reference"]["rms_flat"]
    assert read_image(out / "noisy.png").samples.shape == (96, 3 * 96 + 2 * 4, 3)
    low, high = record["parameters"]["low"], record["parameters"]["high"]
    expected = (magnify(photo) - low) / (high - low)
    shown = read_image(out / "noisy_reference.png").pixels
    np.testing.assert_allclose(shown, np.clip(expected, 0, 1), atol=0.6 / 255)


def test_a_set_has_one_range(folder, tmp_path):
    result = run(folder, "-o", tmp_path / "out", "--norm", "set", "--json", "--quiet", code=1)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert len({record["parameters"]["high"] for record in records}) == 1
    assert [record["share_clipped"] for record in records] == [0, 0]
    assert len(result.stderr.splitlines()) == 1


def test_images_and_references_of_unequal_size_are_named(folder, tmp_path):
    options = ["--reference", PHOTO, "--quiet"]
    result = run(folder / "sub" / "b.png", "-o", tmp_path / "out", *options, code=1)
    assert "differ in size" in result.stderr


def test_a_reference_missing_from_its_folder_fails_that_image_only(folder, tmp_path):
    write_png(tmp_path / "clean" / "a.png", read_image(PHOTO).samples)
    (folder / "broken.png").unlink()
    options = ["--reference", tmp_path / "clean", "--quiet"]
    result = run(folder, "-o", tmp_path / "out", *options, code=1)
    assert (tmp_path / "out" / "a_reference.png").exists()
    assert "clean/sub/b.png" in result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ["--beta", "1.5"],
        ["--range-sigma", "0"],
        ["--gain", "2", "--norm", "set"],
        ["--float", "npy", "--side-by-side"],
        ["--crop", "0", "0", "0", "5"],
        ["--norm", "best"],
    ],
)
def test_misuse_is_a_usage_error(tmp_path, options):
    run(PHOTO, "-o", tmp_path, *options, code=2)
    assert not any(tmp_path.iterdir())


def test_a_crop_beyond_the_image_and_an_empty_folder_fail(tmp_path):
    assert "beyond" in run(PHOTO, "-o", tmp_path, "--crop", 90, 0, 20, 5, code=1).stderr
    (tmp_path / "empty").mkdir()
    assert "no image" in run(tmp_path / "empty", "-o", tmp_path / "out", code=1).stderr


def test_names_are_escaped_in_the_gallery(tmp_path, photo):
    name = "<b>&'x.png"
    write_png(tmp_path / name, photo)
    run(tmp_path / name, "-o", tmp_path / "out", "--html")
    page = (tmp_path / "out" / "index.html").read_text()
    assert name not in page
    (scene,) = manifest_of(tmp_path / "out" / "index.html")["scenes"]
    assert scene["name"] == name
    stored = scene["subjects"][0]["pictures"]["stored"]
    assert (tmp_path / "out" / unquote(stored)).is_file()


def test_an_interruption_keeps_what_is_finished(tmp_path, photo):
    for number in range(60):
        write_png(tmp_path / "in" / f"{number:02}.png", np.tile(photo, (4, 4, 1)))
    out = tmp_path / "out"
    arguments = [COMMAND, "magnify", tmp_path / "in", "-o", out]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        limit = time.monotonic() + 60
        while not list(out.glob("[0-9]*.png")) and time.monotonic() < limit:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    made = sorted(out.glob("*.png"))
    assert 1 <= len(made) < 60
    records = {path.stem for path in out.glob("*.json")}
    assert {path.name for path in out.iterdir()} == {
        *(path.name for path in made), *(f"{stem}.json" for stem in records),
    }  # fmt: skip
    assert {path.stem for path in made} <= records
    for path in made:
        assert read_image(path).samples.shape == (384, 384, 3)


def test_the_page_has_the_notes_on_image_and_reference(tmp_path):
    import cv2

    samples = np.dstack([np.full((40, 50, 3), 90, np.uint8), np.full((40, 50), 255, np.uint8)])
    samples[:9, :, 3] = 0
    cv2.imwrite(str(tmp_path / "a.png"), samples)
    cv2.imwrite(str(tmp_path / "clean.jpg"), samples[:, :, :3])
    options = ["--reference", tmp_path / "clean.jpg", "--html", "--json"]
    told = run(tmp_path / "a.png", "-o", tmp_path / "out", *options)
    assert "some pixels are transparent" in told.stderr
    assert "transparent" in json.loads(told.stdout)["warnings"][0]
    (scene,) = manifest_of(tmp_path / "out" / "index.html")["scenes"]
    transparent, jpeg = scene["warnings"]
    assert transparent.startswith("image: some pixels are transparent")
    assert jpeg.startswith("reference: JPEG")


def test_the_page_says_which_part_is_shown(tmp_path):
    run(PHOTO, "-o", tmp_path, "--crop", 10, 20, 40, 30, "--html")
    (scene,) = manifest_of(tmp_path / "index.html")["scenes"]
    assert (scene["width"], scene["height"]) == (40, 30)
    assert scene["warnings"][0].startswith(
        "shown is the part of 40 x 30 pixels at x 10, y 20, of 96"
    )
