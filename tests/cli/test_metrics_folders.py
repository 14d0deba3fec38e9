"""``percept-adv metrics`` on folders, on transparent images, and what it says of files."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

RANDOM = np.random.default_rng(0)
LEVELS = RANDOM.integers(0, 256, (32, 32, 3), dtype=np.uint8)


@pytest.fixture
def run(percept_adv_here):
    def run_metrics(*arguments, code=0):
        result = percept_adv_here("metrics", *arguments)
        assert result.returncode == code, result.stderr
        return result

    return run_metrics


@pytest.fixture
def folders(tmp_path):
    for folder, shift in (("first", 0), ("second", 1)):
        (tmp_path / folder).mkdir()
        for number in range(3):
            levels = np.clip(LEVELS.astype(int) + shift * (number + 1), 0, 255).astype(np.uint8)
            Pillow.fromarray(levels).save(tmp_path / folder / f"{number}.png")
    (tmp_path / "second" / "1.png").rename(tmp_path / "second" / "1.bmp")
    return tmp_path / "first", tmp_path / "second"


def test_the_last_row_is_the_mean(run, folders):
    rows = list(csv.DictReader(io.StringIO(run("--metrics", "l1,linf", "--csv", *folders).stdout)))
    assert [Path(row["image"]).name for row in rows] == ["0.png", "1.bmp", "2.png", "mean of 3"]
    for name in ("l1", "linf"):
        values = [float(row[name]) for row in rows]
        assert values[-1] == pytest.approx(np.mean(values[:-1]))
    *_, last = run("--metrics", "l1", "--json", *folders).stdout.splitlines()
    assert json.loads(last) == {"mean": {"l1": pytest.approx(values and float(rows[-1]["l1"]))},
                                "images": 3}  # fmt: skip
    assert run("--metrics", "l1", *folders).stdout.splitlines()[-1].startswith("mean of 3")
    alone = run("--metrics", "l1", folders[0] / "0.png", folders[1] / "0.png")
    assert "mean of" not in alone.stdout


def test_surplus_originals_fail_only_when_strict(run, folders):
    (folders[1] / "2.png").unlink()
    assert "2.*" in run("--metrics", "l1", *folders).stderr
    assert "2.*" in run("--metrics", "l1", "--strict", *folders, code=1).stderr
    (folders[0] / "0.png").unlink()
    assert "has no reference 0.*" in run("--metrics", "l1", *folders, code=1).stderr


def test_what_is_left_out_and_what_readers_say_is_told(run, folders):
    (folders[0] / "labels.csv").write_text("file,label\n")
    Pillow.fromarray(LEVELS).save(folders[1] / "0.jpg")
    (folders[1] / "0.png").unlink()
    Pillow.fromarray(LEVELS).save(folders[1] / "2.jpg")
    (folders[1] / "2.png").unlink()
    said = run("--metrics", "l1", *folders).stderr.splitlines()
    assert sum("1 file left out as no images: 1 .csv" in line for line in said) == 1
    assert sum("JPEG compression" in line for line in said) == 1


def test_equal_colours_of_other_transparency(run, tmp_path):
    opaque, half = tmp_path / "opaque.png", tmp_path / "half.png"
    Pillow.fromarray(LEVELS).save(opaque)
    alpha = np.full((32, 32, 1), 128, np.uint8)
    Pillow.fromarray(np.concatenate([LEVELS, alpha], axis=2)).save(half)
    ignored = run("--metrics", "psnr", "--json", opaque, half)
    assert json.loads(ignored.stdout)["psnr"] == "inf"
    assert "transparency differs in 1024 pixels" in ignored.stderr
    for option in ("--alpha", "--transparency"):
        blended = run("--metrics", "psnr", "--json", option, "blend:white", opaque, half)
        assert 0 < json.loads(blended.stdout)["psnr"] < 20
    assert "blend:COLOUR" in run("--alpha", "hide", opaque, half, code=2).stderr


def test_hidden_colours_count_unless_masked(run, tmp_path):
    alpha = np.where(np.arange(32) < 16, 0, 255).astype(np.uint8) * np.ones((32, 1), np.uint8)
    for name, colours in (
        ("a", LEVELS),
        ("b", np.where(alpha[:, :, None] > 0, LEVELS, 255 - LEVELS)),
    ):
        Pillow.fromarray(np.dstack([colours, alpha])).save(tmp_path / f"{name}.png")
    files = tmp_path / "a.png", tmp_path / "b.png"
    ignored = run("--metrics", "l2", "--json", *files)
    assert json.loads(ignored.stdout)["l2"] > 1
    assert "512 transparent pixels" in ignored.stderr
    assert json.loads(run("--metrics", "l2", "--json", "--alpha", "mask", *files).stdout)["l2"] == 0


def test_near_identical_images_show_how_near(run, tmp_path):
    levels = np.full((64, 64), 128, np.uint8)
    Pillow.fromarray(levels).save(tmp_path / "a.png")
    levels[5, 5] += 1
    Pillow.fromarray(levels).save(tmp_path / "b.png")
    cell = run("--metrics", "ssim", tmp_path / "a.png", tmp_path / "b.png").stdout.split()[-1]
    assert cell.startswith("1-")
    assert 0 < float(cell[2:]) < 1e-3
