"""``percept-adv smooth`` as users run it."""

import json
import os
import shutil
import signal
import subprocess

import cv2
import numpy as np
import percept_adv_models as bundled
import pytest
from PIL import Image as Pillow
from PIL.JpegImagePlugin import get_sampling

from percept_adv import Classifier, GuidedSmoother
from percept_adv.images import from_uint8, read_image, read_pixels, to_uint8, to_uint16, write_png
from percept_adv.storing import Jpeg


def test_writes_the_original_plus_the_smoothed_difference(percept_adv_here, image_pair, tmp_path):
    original, perturbed = image_pair()
    output = tmp_path / "deep" / "out.png"
    arguments = "smooth", original, perturbed, "-o", output, "--alpha", 0.9, "--lam", 5
    result = percept_adv_here(*arguments, "--json", "--quiet")
    assert (result.returncode, result.stderr) == (0, "")
    first, second = read_pixels(original), read_pixels(perturbed)
    smoothed = GuidedSmoother(first, alpha=0.9, lam=5.0).smooth(second - first)
    np.testing.assert_array_equal(
        read_image(output).samples, to_uint8(np.clip(first + smoothed, 0, 1))
    )
    record = json.loads(result.stdout)
    assert record["l2_before"] == pytest.approx(np.linalg.norm(second - first))
    assert record["l2_smoothed"] == pytest.approx(np.linalg.norm(smoothed), rel=1e-4)
    assert record["l2_stored"] == pytest.approx(np.linalg.norm(read_pixels(output) - first))
    assert record["relative_residual"] <= 1e-6

    before = output.read_bytes()
    assert json.loads(output.with_suffix(".json").read_text()) == {
        name: value for name, value in record.items() if name != "status"
    }
    kept = percept_adv_here(*arguments, "--json", "--quiet")
    assert kept.returncode == 0
    assert json.loads(kept.stdout) == {**record, "status": "kept"}
    assert "1 existing output kept" in kept.stderr
    refused = percept_adv_here(*arguments[:-1], 50, "--quiet")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "lam was 5, now 50" in refused.stderr
    assert output.read_bytes() == before
    assert percept_adv_here(*arguments[:-1], 50, "--quiet", "--overwrite").returncode == 0
    assert output.read_bytes() != before


def test_a_mask_keeps_what_is_outside_and_is_one_of_the_inputs(percept_adv, image_pair, tmp_path):
    original, perturbed = image_pair()
    first, second = read_pixels(original), read_pixels(perturbed)
    mask = np.zeros(first.shape[:2], np.uint8)
    mask[4:, 3:12] = 255
    write_png(tmp_path / "mask.png", mask / 255)
    output = tmp_path / "out.png"
    arguments = "smooth", original, perturbed, "-o", output, "--alpha", 0.9, "--quiet"
    assert percept_adv(*arguments, "--mask", tmp_path / "mask.png").returncode == 0
    alone = GuidedSmoother(first[4:, 3:12], alpha=0.9).smooth((second - first)[4:, 3:12])
    expected = to_uint8(first)
    expected[4:, 3:12] = to_uint8(np.clip(first[4:, 3:12] + alone, 0, 1))
    np.testing.assert_array_equal(read_image(output).samples, expected)
    without = percept_adv(*arguments)
    assert without.returncode == 1
    assert "mask" in without.stderr
    write_png(tmp_path / "other.png", mask[1:] / 255)
    other = percept_adv(*arguments, "--overwrite", "--mask", tmp_path / "other.png")
    assert other.returncode == 1
    assert "give a mask of the image's size" in other.stderr


def test_stored_as_jpeg(percept_adv, image_pair, tmp_path):
    original, perturbed = image_pair()
    arguments = "smooth", original, perturbed, "--alpha", 0.5, "--store", "jpeg"
    arguments += "--quality", 100, "--subsampling", "4:4:4"
    done = percept_adv(*arguments, "-o", tmp_path / "out", "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["output"].endswith(".jpg")
    with Pillow.open(record["output"]) as file:
        assert file.format == "JPEG"
        stored = np.asarray(file) / 255
    first, second = read_pixels(original), read_pixels(perturbed)
    begun, _ = Jpeg(100, "4:4:4").begin(first)
    smoothed = GuidedSmoother(first, alpha=0.5).smooth(second - first)
    assert record["l2_stored"] == pytest.approx(np.linalg.norm(stored - begun))
    # The file shows the smoothed difference, as far as coefficients can.
    assert np.linalg.norm(stored - begun - smoothed) < 0.5 * np.linalg.norm(smoothed)
    wrong = percept_adv(*arguments, "-o", tmp_path / "out.png", "--quiet")
    assert wrong.returncode == 2
    assert "results are JPEG" in wrong.stderr


def test_stored_as_the_source_is(percept_adv, image_pair, tmp_path):
    original, perturbed = image_pair()
    sources, changed = tmp_path / "sources", tmp_path / "changed"
    for folder in (sources, changed):
        folder.mkdir()
        shutil.copy(original if folder == sources else perturbed, folder / "a.png")
    shutil.copy(perturbed, changed / "b.png")
    exif = Pillow.Exif()
    exif[0x010F] = "a camera"
    with Pillow.open(original) as file:
        file.save(sources / "b.jpg", quality=97, subsampling="4:2:2", exif=exif, comment=b"seen")
    arguments = "smooth", sources, changed, "--alpha", 0.5, "--store", "source"
    done = percept_adv(*arguments, "-o", tmp_path / "out", "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    records = {record["output"]: record for record in map(json.loads, done.stdout.splitlines())}
    assert set(records) == {str(tmp_path / "out" / name) for name in ("a.png", "b.jpg")}

    with Pillow.open(sources / "b.jpg") as before, Pillow.open(tmp_path / "out" / "b.jpg") as after:
        assert after.format == "JPEG"
        assert after.quantization == before.quantization
        assert get_sampling(after) == get_sampling(before)
        assert (after.getexif()[0x010F], after.info["comment"]) == ("a camera", b"seen")
        first, stored = np.asarray(before) / 255, np.asarray(after) / 255
    change = stored - first
    assert records[str(tmp_path / "out" / "b.jpg")]["l2_stored"] == pytest.approx(
        np.linalg.norm(change)
    )
    smoothed = GuidedSmoother(first, alpha=0.5).smooth(read_pixels(perturbed) - first)
    # The file shows the smoothed difference, as far as halved colours and coefficients can.
    assert np.linalg.norm(change - smoothed) < 0.9 * np.linalg.norm(smoothed)
    with Pillow.open(tmp_path / "out" / "a.png") as after:
        assert after.format == "PNG"


def test_folders_are_paired_and_failures_named(percept_adv, image_pair, tmp_path):
    good = image_pair()
    folders = tmp_path / "originals", tmp_path / "changed"
    for folder, source in zip(folders, good, strict=True):
        (folder / "deep").mkdir(parents=True)
        shutil.copy(source, folder / "deep" / "good.png")
        shutil.copy(source, folder / "text.png")
        shutil.copy(source, folder / "size.png")
        shutil.copy(source, folder / f"only_{folder.name}.png")
        pixels = cv2.imread(str(source), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(folder / "sixteen.png"), pixels.astype(np.uint16) * 257)
    (folders[1] / "text.png").write_text("no image")
    write_png(folders[1] / "size.png", np.zeros((20, 25, 3)))
    result = percept_adv("smooth", *folders, "-o", tmp_path / "out", "--json", "--quiet")
    assert result.returncode == 1
    done = sorted(path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*.png"))
    assert list(map(str, done)) == ["deep/good.png", "sixteen.png"]
    lines = result.stderr.splitlines()
    for words in (
        ("only_originals.png",),
        ("only_changed.png",),
        ("text.png", "no image"),
        ("size.png", "20 x 24 RGB", "20 x 25 RGB"),
        ("sixteen.png", "16 bits", "rounded to 8"),
    ):
        assert sum(all(word in line for word in words) for line in lines) in (1, 2)
    assert all(line.startswith("percept-adv: ") for line in lines)
    assert len(result.stdout.splitlines()) == 2
    assert read_image(tmp_path / "out" / "sixteen.png").bit_depth == 8


def digit(folder):
    """A sample digit, a perturbed copy that smoothing leaves effective, and its label."""
    original = bundled.dataset_path("mnist-sample") / "00000.png"
    noise = np.random.default_rng(0).normal(0, 0.15, (28, 28))
    write_png(folder / "perturbed.png", np.clip(read_pixels(original) + noise, 0, 1))
    return original, folder / "perturbed.png", 7


def test_the_least_scale_is_judged_as_stored(percept_adv_here, tmp_path):
    original, perturbed, label = digit(tmp_path)
    output = tmp_path / "scaled.png"
    result = percept_adv_here(
        "smooth", original, perturbed, "-o", output, "--alpha", 0.5, "--model", "c4", "--json"
    )
    assert result.returncode == 0
    record = json.loads(result.stdout)
    assert record["success"]
    assert record["label"] == record["label_before"] == label
    classifier = Classifier("c4", provider="cpu")
    assert classifier.predict(read_pixels(output)[np.newaxis])[0] == record["label_after"] != label
    first = read_pixels(original)
    smoothed = GuidedSmoother(first, alpha=0.5).smooth(read_pixels(perturbed) - first)
    less = to_uint8(np.clip(first + 0.99 * record["scale"] * smoothed, 0, 1))
    assert classifier.predict(from_uint8(less)[np.newaxis])[0] == label


def test_no_scale_and_already_misclassified_are_said(percept_adv_here, tmp_path):
    original, perturbed, _ = digit(tmp_path)
    arguments = "smooth", original, perturbed, "--model", "c4", "--quiet", "-o"
    failed = percept_adv_here(*arguments, tmp_path / "a.png", "--max-scale", 1e-3, "--json")
    assert failed.returncode == 1
    assert "at no scale up to 0.001" in failed.stderr
    assert not json.loads(failed.stdout)["success"]
    assert (tmp_path / "a.png").is_file()
    already = percept_adv_here(*arguments, tmp_path / "b.png", "--label", 3)
    assert already.returncode == 0
    assert "misclassified already" in already.stdout


def test_a_label_is_a_number_or_a_name(percept_adv_here, tmp_path):
    original, perturbed, _ = digit(tmp_path)
    names = tmp_path / "names.txt"
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    names.write_text("\n".join(words))
    arguments = "smooth", original, perturbed, "--model", "c4", "--alpha", 0.5, "--quiet", "--json"
    results = {}
    for name, label in {
        "number": ["--label", 7],
        "name": ["--label", "Seven", "--class-names", names],
        "offset": ["--label", "8.0", "--label-offset", 1],
    }.items():
        done = percept_adv_here(*arguments, *label, "-o", tmp_path / f"{name}.png")
        assert done.returncode == 0, done.stderr
        results[name] = json.loads(done.stdout)
    assert {record["label"] for record in results.values()} == {7}
    assert len({record["scale"] for record in results.values()}) == 1
    other = percept_adv_here(*arguments, "--label", "seven", "-o", tmp_path / "other.png")
    assert other.returncode == 2
    assert "--label" in other.stderr
    assert "--class-names FILE" in other.stderr


def test_a_size_that_the_network_does_not_take(percept_adv_here, image_pair, tmp_path):
    result = percept_adv_here("smooth", *image_pair(), "-o", tmp_path / "o.png", "--model", "c4")
    assert result.returncode == 1
    assert "20 x 24" in result.stderr
    assert "resize both" in result.stderr
    assert not (tmp_path / "o.png").exists()


def test_an_output_that_cannot_be_written(percept_adv, image_pair, tmp_path):
    original, perturbed = image_pair()
    result = percept_adv("smooth", original, perturbed, "-o", original / "o.png", "--quiet")
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "a file stands where" in line
    assert sorted(tmp_path.iterdir()) == sorted([original, perturbed])


@pytest.mark.parametrize(
    "wrong",
    [
        ["--alpha", "1"],
        ["--neighbours", "0"],
        ["--label", "1"],
        ["--model", "c4", "--label", "10"],
        ["--model", "c4", "--label", "-1"],
        ["--model", "c4", "--label", "tench"],
        ["--kernel", "box"],
        ["-o", "out.jpg"],
    ],
)
def test_usage(percept_adv_here, image_pair, tmp_path, wrong):
    result = percept_adv_here("smooth", *image_pair(), "-o", tmp_path / "o.png", "--quiet", *wrong)
    assert result.returncode == 2
    assert not list(tmp_path.glob("o*"))


def test_a_model_chooses_alpha(percept_adv_here, tmp_path):
    original, perturbed, _ = digit(tmp_path)
    arguments = "smooth", original, perturbed, "--model", "c4", "--json", "--quiet", "-o"
    best = json.loads(percept_adv_here(*arguments, tmp_path / "best.png").stdout)
    for alpha in (0.5, 0.8, 0.9, 0.95, 0.997):
        one = json.loads(
            percept_adv_here(*arguments, tmp_path / f"{alpha}.png", "--alpha", alpha).stdout
        )
        assert one["alpha"] == alpha
        if one["success"]:
            assert best["l2_stored"] <= one["l2_stored"]
    assert best["success"]
    assert (
        best["l2_stored"]
        == json.loads((tmp_path / f"{best['alpha']}.json").read_text())["l2_stored"]
    )


def test_sixteen_bits_are_kept_where_asked_for(percept_adv_here, image_pair, tmp_path):
    files = []
    for file in image_pair():
        samples = cv2.imread(str(file), cv2.IMREAD_UNCHANGED).astype(np.uint16) * 257 + 3
        files.append(file.with_suffix(".tif"))
        cv2.imwrite(str(files[-1]), samples)
    output = tmp_path / "out.png"
    done = percept_adv_here("smooth", *files, "-o", output, "--bits", 16, "--json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    written = read_image(output)
    assert written.bit_depth == 16
    first, second = (read_pixels(file) for file in files)
    smoothed = first + GuidedSmoother(first).smooth(second - first)
    np.testing.assert_array_equal(written.samples, to_uint16(np.clip(smoothed, 0, 1)))
    assert json.loads(done.stdout)["l2_stored"] == pytest.approx(
        np.linalg.norm(written.pixels - first)
    )
    refused = percept_adv_here("smooth", *files, "-o", output, "--bits", 16, "--model", "c4")
    assert refused.returncode == 2


def test_a_result_that_equals_the_original_is_told(percept_adv_here, image_pair, tmp_path):
    original, perturbed = image_pair()
    faint = read_image(original).samples.copy()
    faint[3, 4] += 1
    write_png(perturbed, faint)
    done = percept_adv_here("smooth", original, perturbed, "-o", tmp_path / "o.png", "--quiet")
    assert done.returncode == 0
    assert "equals the original as stored" in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_an_interruption_ends_with_130(command_path, image_pair, tmp_path):
    """A pipe as input: once it can be opened for writing, the command is reading from it."""
    _, perturbed = image_pair()
    pipe, output = tmp_path / "pipe", tmp_path / "o.png"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [command_path, "smooth", pipe, perturbed, "-o", output, "--quiet"],
        stderr=subprocess.PIPE,
        text=True,
    )
    with pipe.open("wb"):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "percept-adv: interrupted; what was finished is kept"
    assert not output.exists()
