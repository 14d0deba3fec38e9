"""What commands make of files and folders of every kind, and of results that exist."""

import json
import os
import re
import struct
import subprocess
import threading
from urllib.parse import unquote

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from percept_adv.images import read_image

LEVELS = np.random.default_rng(0).integers(0, 256, (24, 30, 3), dtype=np.uint8)
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")


@pytest.fixture
def run(percept_adv_here):
    def run_quietly(*arguments, code=0):
        result = percept_adv_here(*arguments, "--quiet")
        assert result.returncode == code, result.stderr
        assert all(line.startswith("percept-adv: ") for line in result.stderr.splitlines())
        return result

    return run_quietly


def save(path, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(LEVELS).save(path, **options)
    return path


ODD = (
    "a.jpg", "a.png", "a_jpg.png", "cat.png", "cat_reference.png", "noext", "x.avif", "z.tga",
    "esc\x1b[31m\nline.png", f"{'n' * 251}.png", b"bad\xff.png".decode("utf-8", "surrogateescape"),
)  # fmt: skip


@pytest.fixture
def odd_folder(tmp_path):
    folder = tmp_path / "in"
    for name in ODD:
        save(folder / name, **({} if "." in name else {"format": "PNG"}))
    return folder


@pytest.mark.parametrize(
    ("command", "links"),
    [("magnify IN -o OUT --html", 3), ("magnify IN -o OUT --html --single-file", 0),
    ("explain efficientnet-lite0 IN -o OUT", 0)],
)  # fmt: skip
def test_pages_name_files_whose_names_are_no_text(command, links, tmp_path, run):
    folder, out = tmp_path / "in", tmp_path / "out"
    save(folder / ODD[-1])
    run(*(str({"IN": folder, "OUT": out}.get(word, word)) for word in command.split()))
    page = (out / "index.html").read_text(encoding="utf-8")
    assert r"bad\udcff.png" in page
    addresses = set(re.findall(r'"([^"]*%FF[^"]*)"', page))
    assert len(addresses) == links
    for address in addresses:
        assert (out / unquote(address, errors="surrogateescape")).is_file()


def test_a_run_refuses_a_name_that_is_no_text_before_it_works(tmp_path, run):
    save(tmp_path / "in" / "7" / ODD[-1])
    result = run("evaluate", "efficientnet-lite0", tmp_path / "in", "-o", tmp_path / "out", code=2)
    assert r"bad\udcff.png: the name is no UTF-8 text; rename it" in result.stderr
    assert not (tmp_path / "out").exists()


def test_every_image_of_a_folder_gets_a_result(odd_folder, run):
    (odd_folder / "labels.csv").write_text("file,label\n")
    (odd_folder / "cut.png").write_bytes((odd_folder / "a.png").read_bytes()[:900])
    (odd_folder / "bytes.tif").write_bytes(b"II*\0" + bytes(range(200)))
    arguments = "magnify", odd_folder, "-o", odd_folder / "out", "--reference", odd_folder / "a.png"
    result = run(*arguments, code=1)
    said = result.stderr
    assert "1 file left out as no images: 1 .csv" in said
    assert sum("cut.png" in line for line in said.splitlines()) == 1
    assert sum("bytes.tif" in line for line in said.splitlines()) == 1
    assert "\x1b" not in said
    made = [path for path in (odd_folder / "out").iterdir() if path.suffix == ".png"]
    assert len(made) == 2 * len(ODD)
    assert all(read_image(path).samples.shape == (24, 30, 3) for path in made)

    again = run(*arguments, code=1)
    assert f"{len(ODD)} existing outputs kept" in again.stderr
    other = run(*arguments, "--gain", 4, code=1)
    assert f"{len(ODD) - 1} more stand in the way" in other.stderr
    assert "gain was 1, now 4" in other.stderr


def test_old_results_are_not_told_as_new(tmp_path, run):
    """With --json the figures must be those of the picture that is there."""
    image, out = save(tmp_path / "a.png"), tmp_path / "out.png"
    first = json.loads(run("magnify", image, "-o", out, "--json").stdout)
    before = out.read_bytes()
    kept = json.loads(run("magnify", image, "-o", out, "--json").stdout)
    assert kept["status"] == "kept"
    assert {**kept, "status": "", "seconds": 0} == {**first, "status": "", "seconds": 0}
    assert run("magnify", image, "-o", out, "--json", "--gain", 4, code=1).stdout == ""
    Pillow.fromarray(255 - LEVELS).save(image)
    assert "another image" in run("magnify", image, "-o", out, code=1).stderr
    assert out.read_bytes() == before
    run("magnify", image, "-o", out, "--gain", 4, "--overwrite")
    assert out.read_bytes() != before


def test_a_folder_is_no_result(tmp_path, run):
    image = save(tmp_path / "a.png")
    (tmp_path / "out" / "a.png" / "inside").mkdir(parents=True)
    assert "is a folder" in run("magnify", image, "-o", tmp_path / "out", code=1).stderr
    failed = run("magnify", image, "-o", tmp_path / "out", "--overwrite", code=1)
    assert "cannot write" in failed.stderr
    assert (tmp_path / "out" / "a.png" / "inside").is_dir()


def test_out_may_not_be_the_folder_of_the_inputs(tmp_path, run):
    folder = save(tmp_path / "in" / "a.jpg").parent
    assert "OUT is the folder" in run("magnify", folder, "-o", folder, code=2).stderr
    assert [path.name for path in folder.iterdir()] == ["a.jpg"]


@needs_pipes
def test_a_pipe_is_read_once_and_gives_a_result(tmp_path, run):
    pipe, content = tmp_path / "pipe", save(tmp_path / "a.png").read_bytes()
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    record = json.loads(run("magnify", pipe, "-o", tmp_path / "o.png", "--json").stdout)
    writer.join()
    assert (record["width"], record["height"]) == (30, 24)
    assert read_image(tmp_path / "o.png").samples.shape == (24, 30, 3)


def test_results_that_are_no_file_are_refused(tmp_path, run):
    tifffile.imwrite(tmp_path / "long.tif", np.zeros((1, 1_000_001), np.uint8))
    out = tmp_path / "out.png"
    assert "1000000 a side" in run("magnify", tmp_path / "long.tif", "-o", out, code=1).stderr
    smoothed = run("smooth", *[tmp_path / "long.tif"] * 2, "-o", out, code=1)
    assert "1000000 a side" in smoothed.stderr
    assert not out.exists()


def large_tiff(path, side):
    """A small file that claims many pixels."""
    tifffile.imwrite(path, np.zeros((4, 4), np.uint8))
    with tifffile.TiffFile(path, mode="r+b") as file:
        for name in ("ImageWidth", "ImageLength"):
            file.pages[0].tags[name].overwrite(side)


def test_one_limit_for_all_formats_names_its_option(tmp_path, run):
    large_tiff(tmp_path / "a.tif", 40_000)
    png = save(tmp_path / "b.png").read_bytes()
    (tmp_path / "b.png").write_bytes(png[:16] + struct.pack(">II", 40_000, 40_000) + png[24:])
    for name in ("a.tif", "b.png"):
        said = run("magnify", tmp_path / name, "-o", tmp_path / "o.png", code=1).stderr
        assert "40000 x 40000" in said
        assert "--max-pixels 1600000000" in said


def test_max_pixels_is_an_option(tmp_path, run, monkeypatch):
    monkeypatch.setenv("PERCEPT_ADV_MAX_PIXELS", "700")
    image = save(tmp_path / "a.png")
    assert "720 allows it" in run("magnify", image, "-o", tmp_path / "o.png", code=1).stderr
    run("magnify", image, "-o", tmp_path / "o.png", "--max-pixels", 720)
    for command in ("metrics", "smooth", "attack"):
        assert "--max-pixels" in run_help(command)


def run_help(command):
    from click.testing import CliRunner
    from percept_adv_cli.main import cli

    return CliRunner().invoke(cli, [command, "--help"]).output


def test_memory_is_looked_at_before_the_work(tmp_path, run, monkeypatch):
    image = save(tmp_path / "a.png")
    monkeypatch.setattr("percept_adv.images.limits.available_memory", lambda: 10_000)
    for command in (["magnify", image], ["smooth", image, image]):
        said = run(*command, "-o", tmp_path / "o.png", code=1).stderr
        assert "of memory" in said
    assert not (tmp_path / "o.png").exists()


def test_a_file_in_place_of_the_folder_of_results_is_named(run, tmp_path):
    Pillow.fromarray(LEVELS).save(tmp_path / "a.png")
    (tmp_path / "out").write_text("x")
    inputs = tmp_path / "a.png", tmp_path / "a.png"
    done = run("magnify", *inputs, tmp_path, "-o", tmp_path / "out", code=1)
    assert f"a file stands where {tmp_path / 'out'} should be a folder" in done.stderr


def test_a_name_that_is_too_long_is_called_that(run, tmp_path):
    Pillow.fromarray(LEVELS).save(tmp_path / "a.png")
    done = run("magnify", tmp_path / "a.png", "-o", tmp_path / f"{'d' * 300}.png", code=1)
    assert "File name too long" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_closed_standard_streams_are_no_failure(closed, command_path, tmp_path):
    Pillow.fromarray(LEVELS).save(tmp_path / "a.png")
    line = f'"{command_path}" magnify "{tmp_path}/a.png" -o "{tmp_path}/o.png" --json {closed}'
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "unexpectedly" not in done.stderr
    assert (tmp_path / "o.png").stat().st_size
