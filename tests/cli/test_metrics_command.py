"""``percept-adv metrics`` as users run it."""

import csv
import io
import json
import sys
from pathlib import Path

import in_process
import numpy as np
import pytest

from percept_adv.images import read_image, write_png
from percept_adv.metrics import METRICS, l2, mad_components

DATA = Path(__file__).parents[1] / "data" / "mad"
COMMAND = Path(sys.executable).with_name("percept-adv")

pytestmark = pytest.mark.usefixtures("compiled")


def run(*arguments):
    return in_process.percept_adv("metrics", *arguments)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two folders: one pair each of the same size, of two sizes, broken, and alone."""
    root = tmp_path_factory.mktemp("pairs")
    random = np.random.default_rng(0)
    for folder, sides in (("originals", (40, 40, 40)), ("changed", (40, 44, 40))):
        (root / folder / "deep").mkdir(parents=True)
        for name, side in zip(("deep/good", "size", f"only_{folder}"), sides, strict=True):
            image = random.integers(0, 256, (side, side, 3), np.uint8)
            write_png(root / folder / f"{name}.png", image)
        write_png(root / folder / "broken.png", random.integers(0, 256, (40, 40), np.uint8))
    broken = root / "changed" / "broken.png"
    broken.write_bytes(broken.read_bytes()[:300])
    return root


def test_list_is_the_registry():
    result = run("--list")
    assert result.returncode == 0
    *lines, note = result.stdout.splitlines()
    assert note.startswith("* ")
    assert [line.split()[0] for line in lines] == list(METRICS)
    marked = [line.split()[0] for line in lines if line.split()[1] == "*"]
    assert marked == ["l2", "linf", "psnr", "ssim", "ciede2000", "mad", "mad_hi", "mad_lo"]
    assert all(METRICS[line.split()[0]].better in line for line in lines)


def test_json_lines_hold_what_the_library_gives():
    names = DATA / "camera256_awgn5_reference.png", DATA / "camera256_awgn5_image.png"
    result = run("--json", *names, names[0])
    assert (result.returncode, result.stderr) == (0, "")
    noisy, same = map(json.loads, result.stdout.splitlines())
    reference, image = (read_image(name).samples for name in names)
    components = mad_components(reference, image)
    assert noisy["l2"] == l2(reference, image)
    assert [noisy[key] for key in ("mad", "mad_hi", "mad_lo")] == [
        components.mad, components.hi, components.lo,
    ]  # fmt: skip
    assert (same["mad"], same["psnr"]) == (0, "inf")


def test_folders_are_paired_and_failures_named(folders):
    result = run("--csv", "--metrics", "l1,mad", folders / "originals", folders / "changed")
    assert result.returncode == 1
    *rows, mean = csv.DictReader(io.StringIO(result.stdout))
    assert [Path(row["image"]).name for row in rows] == ["good.png"]
    assert mean == {**rows[0], "reference": "", "image": "mean of 1"}
    assert set(rows[0]) == {"reference", "image", "l1", "mad", "mad_hi", "mad_lo"}
    lines = result.stderr.splitlines()
    assert len(lines) == 4
    for name in ("size.png", "broken.png", "only_originals.png", "only_changed.png"):
        assert any(name in line for line in lines)


def test_table_shows_a_dash_where_a_metric_needs_more_pixels(folders):
    file = folders / "originals" / "deep" / "good.png"
    header, row = run("--metrics", "all", file, file).stdout.splitlines()
    cells = dict(zip(header.split(), row.split(), strict=True))
    assert cells["ms_ssim"] == "-"
    assert cells["ssim"] == "1"
    asked = run("--metrics", "ms_ssim", file, file)
    assert asked.returncode == 1
    assert "161 x 161" in asked.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["--metrics", "L2"], ["--json", "--csv"], ["--block-size", "3"], ["--mad-version", "9"]],
)
def test_usage(folders, arguments):
    files = [folders / "originals", folders / "originals"] if arguments else []
    assert run(*arguments, *files).returncode == 2
