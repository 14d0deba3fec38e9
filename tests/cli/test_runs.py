"""What the commands that go over files have in common: smooth, explain and magnify."""

import subprocess

import percept_adv_models
import pytest

DIGITS = percept_adv_models.dataset_path("mnist-sample")


@pytest.mark.usefixtures("compiled")
def test_who_reads_no_further_is_no_failure(command_path, tmp_path):
    """As with | head -1: nobody reads the second line."""
    process = subprocess.Popen(
        [command_path, "magnify", DIGITS, "-o", tmp_path, "--json", "--quiet"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline().startswith("{")
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert "failed" not in said
    assert len(list(tmp_path.glob("*.png"))) < 10
