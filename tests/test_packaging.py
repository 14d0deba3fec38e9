"""What is installed is what is in the tree."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HOMES = {"percept_adv": "percept_adv", "percept_adv_cli": "cli", "percept_adv_models": "models"}


def test_every_package_is_listed():
    listed = PROJECT["tool"]["setuptools"]["packages"]
    found = [
        ".".join([package, *folder.relative_to(ROOT / home).parts])
        for package, home in HOMES.items()
        for folder in sorted({path.parent for path in (ROOT / home).rglob("__init__.py")})
    ]
    assert sorted(listed) == sorted(found)


def test_every_data_file_is_listed():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]
    for package, home in HOMES.items():
        listed = {
            path for pattern in patterns.get(package, []) for path in (ROOT / home).glob(pattern)
        }
        data = {
            path
            for path in (ROOT / home).rglob("*")
            if path.is_file()
            and path.suffix not in {".py", ".pyc", ".nbi", ".nbc"}
            and "recipes" not in path.parts
        }
        assert data <= listed, f"{package}: {sorted(data - listed)}"


def test_importing_the_package_loads_no_library():
    code = (
        "import sys, percept_adv, percept_adv_cli.main;"
        "print([m for m in ('numpy', 'onnx', 'onnxruntime', 'scipy', 'cv2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_gradient_graphs_load_only_onnx_and_numpy():
    code = (
        "import sys, percept_adv.gradients;"
        "print([m for m in ('onnxruntime', 'scipy', 'skimage', 'cv2', 'numba', 'click')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
