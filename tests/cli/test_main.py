"""The group of commands: help without waiting, exit codes, errors in one line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from percept_adv.images import write_png

HEAVY = ("numpy", "onnx", "onnxruntime", "scipy", "numba", "cv2", "skimage", "percept_adv")


@pytest.mark.parametrize("arguments", [["--help"], ["attack", "--help"], ["smooth", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    program = (
        "import json, sys; from percept_adv_cli.main import cli\n"
        f"try: cli.main({arguments!r}, standalone_mode=False)\n"
        "finally: print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(result.stderr))
    assert not loaded & set(HEAVY)
    assert result.stdout.startswith("Usage:")


@pytest.mark.parametrize(
    "command", ["magnify ONE -o OUT", "smooth ONE TWO -o OUT", "metrics ONE TWO --metrics mad"]
)
def test_commands_load_only_what_they_need(command, image_pair):
    """Each of these takes up to a second."""
    one, two = image_pair((40, 40))
    words = {"ONE": one, "TWO": two, "OUT": one.parent / "out"}
    arguments = [str(words.get(word, word)) for word in command.split()]
    program = (
        "import json, sys; from percept_adv_cli.main import cli\n"
        f"cli.main({arguments!r}, standalone_mode=False)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(result.stdout.splitlines()[-1]))
    slow = {"scipy.signal", "scipy.stats", "skimage.metrics", "pyamg", "matplotlib", "onnxruntime"}
    assert not loaded & slow


def test_help_and_version(percept_adv):
    result = percept_adv("--help")
    assert result.returncode == 0
    commands = ["attack", "demo", "doctor", "gradient", "magnify", "metrics", "models", "smooth"]
    listed = [line.split() for line in result.stdout.split("Commands:")[1].splitlines() if line]
    assert [words[0] for words in listed if words[0] in commands] == commands
    assert percept_adv("--version").stdout.split()[-1][0].isdigit()


def test_an_unknown_command_is_usage(percept_adv_here):
    result = percept_adv_here("smoothe")
    assert result.returncode == 2
    assert "there is no command 'smoothe': did you mean smooth?\n" in result.stderr
    assert "use one of attack, attacks," in percept_adv_here("xyz").stderr


@pytest.mark.parametrize(
    ("name", "words", "code"),
    [("truncated", "truncated", 4), ("no_model", "ONNX", 4), ("missing", "no such file", 2)],
)
def test_an_unusable_model_is_named(percept_adv_here, model_files, image_pair, name, words, code):
    original, perturbed = image_pair()
    model = model_files.get(name, original.with_name("missing.onnx"))
    result = percept_adv_here(
        "smooth", original, perturbed, "-o", original.with_name("o.png"), "--model", model
    )
    assert (result.returncode, result.stdout) == (code, "")
    (line,) = result.stderr.splitlines()
    assert words in line
    assert str(model) in line
    assert not original.with_name("o.png").exists()


def test_folders_without_images(percept_adv_here, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("no image")
    result = percept_adv_here("smooth", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")
    assert result.returncode == 1
    assert "holds no image" in result.stderr
    assert not (tmp_path / "out").exists()


def test_probabilities_and_a_described_contract(percept_adv_here, model_files, image_pair):
    original, perturbed = image_pair((4, 4), "tiny")
    arguments = (
        "smooth", original, perturbed, "-o", original.with_name("o.png"), "--model",
        model_files["probabilities"], "--json", "--overwrite", "--quiet",
    )  # fmt: skip
    plain = percept_adv_here(*arguments)
    assert plain.returncode in (0, 1)
    assert "probabilities, not logits" in plain.stderr
    assert "input contract guessed" in plain.stderr
    # With all channels scaled down by a large std no class stands out any more.
    described = percept_adv_here(*arguments, "--std", "1000")
    assert "guessed" not in described.stderr
    before = json.loads(described.stdout)["confidence_before"]
    assert before == pytest.approx(1 / 3, abs=0.01) != json.loads(plain.stdout)["confidence_before"]
    contract = original.with_name("contract.toml")
    contract.write_text("[input]\nstd = 1000.0\n")
    filed = percept_adv_here(*arguments, "--contract", contract)
    assert json.loads(filed.stdout)["confidence_before"] == before
    clash = percept_adv_here(*arguments, "--channel-order", "RGB")
    assert clash.returncode == 2
    assert "contract" in clash.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["models", "list"], ["metrics", "a.png", "a.png", "--json"]])
def test_a_full_standard_output_is_told_in_one_line(arguments, unbuffered, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)  # Python takes an empty one for none.
    write_png(tmp_path / "a.png", np.zeros((4, 4)))
    command = [sys.executable, "-c", "from percept_adv_cli.main import main; main()", *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path
        )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "percept-adv: cannot write to standard output or a temporary file: No space left on device"
    ]
