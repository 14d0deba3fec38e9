"""Attacks as a newcomer meets them on the command line: found, described, checked, completed."""

import json
import os
import subprocess

import numpy as np
import pytest

from percept_adv.attacks import find, names
from percept_adv.images import write_png


def test_all_attacks_are_listed(percept_adv_here):
    listed = percept_adv_here("attacks", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed[1:-2]] == names()
    records = percept_adv_here("attacks", "list", "--json").stdout.splitlines()
    assert [json.loads(line)["name"] for line in records] == names()


@pytest.mark.parametrize("name", ["scw", "FGSM", "universal", "alma"])
def test_an_attack_is_described_with_its_parameters(percept_adv_here, name):
    told = percept_adv_here("attacks", "describe", name)
    attack = find(name)
    for parameter in attack.parameters.values():
        assert f"  {parameter.name}={parameter.shown_default}\n" in told.stdout
    assert attack.title in told.stdout
    record = json.loads(percept_adv_here("attacks", "describe", name, "--json").stdout)
    assert record["gradients"] == attack.gradients
    assert [one["name"] for one in record["parameters"]] == list(attack.parameters)


def test_the_default_eps_of_fgsm_is_told(percept_adv_here):
    assert "eps=0.1255" in percept_adv_here("attacks", "describe", "fgsm").stdout


def test_help_names_all_attacks(percept_adv_here):
    words = percept_adv_here("attack", "--help").stdout.replace(",", " ").replace(";", " ").split()
    assert set(names()) <= set(words)
    words = percept_adv_here("evaluate", "--help").stdout.replace(",", " ").split()
    assert set(names()) - {"universal"} <= {word.strip(";") for word in words}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--attack", "pgd"], "unknown attack 'pgd': did you mean pgd2?"),
        (["--attack", "deep_fol"], "did you mean deepfool?"),
        (["--attack", "cw", "-p", "margin=x"], "cw: margin is x: give a number from 0 on"),
        (["--attack", "cw", "-p", "margin=nan"], "cw: margin is nan: give a number from 0 on"),
        (["--attack", "ddn", "-p", "iterations=2.5"], "ddn: iterations is 2.5: give a whole"),
        (["--attack", "deepfool", "-p", "candidates=2.5"], "candidates is 2.5: give a whole"),
        (["--attack", "universal", "-p", "rounds=1.5"], "universal: rounds is 1.5: give a whole"),
        (["--attack", "bp", "-p", "gamma=1.5"], "bp: gamma is 1.5: give a number in (0, 1)"),
        (["--attack", "scw", "-p", "kernel=foo"], "give one of laplacian, gaussian"),
        (["-p", "iteration=5"], "unknown parameter 'iteration': did you mean iterations?"),
        (["-p", "iterations"], "'iterations' is no NAME=VALUE"),
        (["-p", "iterations=5", "-p", "iterations=0"], "scw: iterations is 0: give a whole"),
        (["--attack", "pgd2", "--eps", "0.03"], "give -p eps=0.03"),
        (["--step-size=8/255"], "give -p step_size=8/255"),
        (["--nonsense", "1"], "--nonsense"),
    ],
)
def test_mistakes_are_told_before_anything_is_done(percept_adv_here, tmp_path, options, message):
    write_png(tmp_path / "digit.png", np.zeros((28, 28, 1), np.uint8))
    # No such model: had it been opened, that would have been the complaint.
    told = percept_adv_here(
        "attack", "no_model", tmp_path / "digit.png", "-o", tmp_path / "out", *options
    )
    assert told.returncode == 2
    assert message in " ".join(told.stderr.split())
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-p", "scw.kernel=foo"], "scw: kernel is 'foo': give one of laplacian, gaussian"),
        (["-p", "iterations=50"], "'iterations=50' is no ATTACK.NAME=VALUE"),
        (["-p", "cw.margin=x"], "cw: margin is x: give"),
        (["--attacks", "cw,pgd"], "did you mean pgd2?"),
        (["--attacks", "cw,CW"], "give each one once"),
        (["--attacks", "ifgsm", "--eps", "ifgsm=8/255,x"], "'ifgsm=8/255,x' is no"),
        (["--attacks", "ifgsm", "--eps", "ifgsm=0"], "ifgsm: eps is 0.0: give a number above 0"),
        (["--attacks", "cw", "--eps", "cw=1"], "looks for the least distortion itself"),
        (["--attacks", "ddn", "--gamma", "0.1"], "give -p ATTACK.gamma=0.1"),
    ],
)
def test_an_evaluation_leaves_nothing_behind_after_a_mistake(
    percept_adv_here, tmp_path, options, message
):
    told = percept_adv_here(
        "evaluate", "no_model", "mnist-sample", "-o", tmp_path / "run", *options
    )
    assert told.returncode == 2
    assert message in " ".join(told.stderr.split())
    assert not (tmp_path / "run").exists()


def test_numbers_may_be_fractions(percept_adv_here, tmp_path):
    told = percept_adv_here(
        "evaluate", "c4", "mnist-sample", "-o", tmp_path / "run", "--attacks", "IFGSM",
        "--limit", 2, "--eps", "ifgsm=26/255,51/255", "-p", "ifgsm.step_size=10/255", "--quiet",
        "--json",
    )  # fmt: skip
    assert told.returncode == 0
    parameters = {
        row["attack"] for row in map(json.loads, told.stdout.splitlines()) if "attack" in row
    }
    assert "ifgsm" in " ".join(parameters)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("percept-adv attack --attack s", {"salma", "scw", "sddn", "smoothness_penalty"}),
        ("percept-adv attacks describe pg", {"pgd2"}),
        ("percept-adv evaluate --attacks cw,s", {"cw,salma", "cw,scw", "cw,sddn"}),
        ("percept-adv attack --attack bp -p g", {"gamma="}),
        ("percept-adv evaluate -p bp.g", {"bp.gamma="}),
    ],
)
def test_shells_complete_names(command_path, words, expected):
    told = subprocess.run(
        [command_path],
        env={
            **os.environ,
            "_PERCEPT_ADV_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    found = {line.partition(",")[2] for line in told.stdout.splitlines()}
    assert expected <= found


@pytest.mark.parametrize("value", ["1/0", "nan", "inf", "x", "1/"])
def test_no_option_takes_what_is_no_number(percept_adv_here, tmp_path, value):
    write_png(tmp_path / "a.png", np.zeros((8, 8, 1), np.uint8))
    one, out = tmp_path / "a.png", tmp_path / "out"
    for command in (
        ["smooth", one, one, "-o", out / "a.png", "--tol", value],
        ["magnify", one, "-o", out, "--gain", value],
        ["attack", "c4", one, "-o", out, "--std", value],
    ):
        told = percept_adv_here(*command)
        assert told.returncode == 2
        assert repr(value) in told.stderr
        assert not out.exists()


def test_options_take_fractions(percept_adv_here, tmp_path):
    write_png(tmp_path / "a.png", np.zeros((8, 8, 1), np.uint8))
    told = percept_adv_here(
        "magnify", tmp_path / "a.png", "-o", tmp_path / "out", "--gain", "8/255", "--quiet"
    )
    assert told.returncode == 0
