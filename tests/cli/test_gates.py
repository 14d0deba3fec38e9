"""Gates: bounds that a run has to keep, with an exit code of their own and JUnit XML."""

import shutil
from xml.etree import ElementTree

import percept_adv_models
import pytest

from percept_adv.errors import ParameterError
from percept_adv.evaluation.gate import read_gate

DIGITS = percept_adv_models.dataset_path("mnist-sample")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Three digits, the last of them with a wrong label, and an evaluation of them."""
    folder = tmp_path_factory.mktemp("digits")
    for name in ("00000.png", "00001.png", "00002.png"):
        shutil.copy(DIGITS / name, folder)
    (folder / "labels.csv").write_text("file,label\n00000.png,7\n00001.png,2\n00002.png,5\n")
    return folder


def evaluate(digits, run, *gates):
    return [
        "evaluate", "c4", digits, "-o", run, "--attacks", "fgsm,ddn", "--eps", "fgsm=0.05,0.3",
        "-p", "ddn.iterations=20", "--quiet", *gates,
    ]  # fmt: skip


def test_gates_of_a_run(digits, tmp_path, percept_adv_here):
    run, xml = tmp_path / "run", tmp_path / "gates.xml"
    kept = [
        "--fail-under", "accuracy:2/3", "--fail-under", "robust_accuracy@l2=0.01:0.6",
        "--fail-under", "P_suc:1", "--fail-under", "ddn.mean_distortion@l2:0.5",
        "--fail-over", "fgsm.mean_distortion@linf:0.31", "--junit", xml,
    ]  # fmt: skip
    done = percept_adv_here(*evaluate(digits, run, *kept, "--robust-at", "l2=0.01,3"))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(" holds: ") == 5
    suite = ElementTree.parse(xml).getroot().find("testsuite")
    assert suite.attrib["tests"] == "6"
    assert suite.attrib["failures"] == suite.attrib["errors"] == "0"
    assert suite.find("testcase").attrib["name"] == "accuracy >= 0.666667"
    assert "L2 0.01" in (run / "tables" / "robustness.csv").read_text().splitlines()[0]
    broken = ["--fail-under", "robust_accuracy@linf=64/255:0.9", "--fail-over", "P_suc:0.5"]
    done = percept_adv_here("report", run, *broken, "--fail-over", "accuracy:1", "--junit", xml)
    assert done.returncode == 5
    assert "gate robust_accuracy@linf=64/255 >= 0.9 FAILS" in done.stderr
    suite = ElementTree.parse(xml).getroot().find("testsuite")
    assert suite.attrib["failures"] == "2"
    assert [c.find("failure") is not None for c in suite.findall("testcase")] == [
        True, True, False, False,
    ]  # fmt: skip
    # The distances are those that were chosen before.
    assert "L2 0.01" in (run / "tables" / "robustness.csv").read_text().splitlines()[0]


def test_an_image_that_cannot_be_used_is_an_error_of_the_build(digits, tmp_path, percept_adv_here):
    folder, xml = tmp_path / "digits", tmp_path / "gates.xml"
    shutil.copytree(digits, folder)
    (folder / "00001.png").write_text("no image")
    gates = ["--fail-under", "P_suc:0.1", "--junit", xml]
    done = percept_adv_here(*evaluate(folder, tmp_path / "run", *gates))
    assert done.returncode == 1
    suite = ElementTree.parse(xml).getroot().find("testsuite")
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "1")
    assert "00001.png" in suite.findall("testcase")[-1].find("error").attrib["message"]


def test_what_was_not_measured_does_not_hold(digits, tmp_path, percept_adv_here):
    folder = tmp_path / "digits"
    shutil.copytree(digits, folder)
    (folder / "labels.csv").write_text("file,label\n00002.png,5\n")
    done = percept_adv_here(*evaluate(folder, tmp_path / "run", "--fail-over", "P_suc:1"))
    assert done.returncode == 5
    assert "FAILS: nan" in done.stderr


@pytest.mark.parametrize(
    "text",
    ["", "P_suc", "P_suc:x", "robust:1", "robust_accuracy:0.5", "robust_accuracy@l2:0.5",
     "P_suc@l2=1:0.5", "accuracy@l7:1", "robust_accuracy@l2=a:1"],
)  # fmt: skip
def test_a_gate_that_is_none(text):
    with pytest.raises(ParameterError, match=r"such as|l7"):
        read_gate(text, "under")


def test_gates_are_checked_before_work(digits, tmp_path, percept_adv_here):
    run = tmp_path / "run"
    for gates, told in (
        (["--fail-under", "robustness:1"], "robustness is none of"),
        (["--junit", tmp_path / "x.xml"], "--junit writes gates"),
        (["--robust-at", "l3=1"], "give l2 or linf"),
        (["--fail-under", "cw.P_suc:1"], "cw is no attack of the run, which has fgsm, ddn"),
    ):
        done = percept_adv_here(*evaluate(digits, run, *gates))
        assert done.returncode == 2
        assert told in done.stderr
        assert not (run / "adversarials").exists()
