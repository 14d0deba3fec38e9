"""magnify, smooth, metrics and inspect where only requirements/images.txt is installed."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("percept-adv")
PHOTO = ROOT / "tests" / "data" / "magnification" / "astronaut96.png"
LEFT_OUT = {"jpeglib", "matplotlib", "onnx", "onnxruntime", "onnxruntime-gpu"}

# Python runs a module of this name before anything else.
SITECUSTOMIZE = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {LEFT_OUT!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""

LIBRARY = """
import numpy as np
import percept_adv
from percept_adv.images import read_pixels

image = read_pixels("photo.png")
assert np.isfinite(percept_adv.magnify(image)).all()
noise = np.random.default_rng(0).normal(0, 0.02, image.shape)
smooth = percept_adv.GuidedSmoother(image).smooth(noise)
assert percept_adv.metrics.l2(image, np.clip(image + smooth, 0, 1)) > 0
try:
    percept_adv.Classifier("c4")
except ModuleNotFoundError as error:
    print(error.name)

from percept_adv_cli.main import main
import sys
for line in sys.stdin.read().splitlines():
    sys.argv = ["percept-adv", *line.split()]
    try:
        main()
    except SystemExit as end:
        print(line, end.code)
"""


def requirements(lines):
    found = (re.match(r"([\w-]+)([^;#\s]*)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


@pytest.fixture
def light(tmp_path, compiled):  # noqa: ARG001 (its code is what the commands find compiled)
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "sitecustomize.py").write_text(SITECUSTOMIZE)
    (tmp_path / "photo.png").write_bytes(PHOTO.read_bytes())
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "hidden")}
    return {"cwd": tmp_path, "env": environment, "text": True}


def test_the_list_is_what_the_project_needs_less_what_models_need():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = project["optional-dependencies"]["inspect"]
    needed = requirements([*project["dependencies"], *page])
    listed = requirements((ROOT / "requirements" / "images.txt").read_text().splitlines())
    assert listed == {name: which for name, which in needed.items() if name not in LEFT_OUT}


def test_images_need_nothing_of_models(light):
    lines = [
        "magnify photo.png -o magnified/ --html --quiet",
        "smooth photo.png magnified/photo.png -o smooth.png",
        "metrics photo.png smooth.png",
        "attacks list",
    ]
    done = subprocess.run(
        [sys.executable, "-c", LIBRARY],
        input="\n".join(lines), capture_output=True, check=True, timeout=300, **light,
    )  # fmt: skip
    assert done.stdout.startswith("onnx\n")
    for line in lines[:3]:
        assert f"{line} 0\n" in done.stdout
    assert (light["cwd"] / "smooth.png").exists()


def test_the_page_of_inspect_needs_nothing_of_models(light):
    pytest.importorskip("starlette", reason="needs the extra percept-adv[inspect]")
    page = subprocess.Popen(
        [COMMAND, "inspect", "photo.png", "--no-browser"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **light,
    )  # fmt: skip
    try:
        address = page.stdout.readline().strip()
        with urlopen(f"{address}tiles/0/image/magnified/0/0-0.bmp", timeout=60) as answer:
            assert answer.read().startswith(b"BM")
    finally:
        page.terminate()
        page.communicate(timeout=60)


def test_attack_says_what_is_missing(light):
    done = subprocess.run(
        [COMMAND, "attack", "c4", "photo.png", "-o", "out"],
        capture_output=True, check=False, timeout=120, **light,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == (
        "percept-adv: this command needs the package onnx, which is not installed: "
        "pip install percept-adv installs all that models need\n"
    )
