"""Lines of --json are as docs/schemas says."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from percept_adv_models import path as model_path

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
DIGIT = model_path("c4").parent / "data" / "mnist" / "00000.png"


def valid(name, done):
    assert done.returncode in (0, 1), done.stderr
    validator = Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text()))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines
    for line in lines:
        validator.validate(line)
    return lines


@pytest.mark.parametrize("schema", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_schemas_are_schemas_and_are_told(schema):
    Draft202012Validator.check_schema(json.loads(schema.read_text()))
    assert f"schemas/{schema.name}" in (SCHEMAS.parent / "reference" / "files.md").read_text()


def test_attack_smooth_and_metrics(percept_adv_here, tmp_path):
    out = tmp_path / "out"
    parameters = ("-p", "iterations=20", "--quiet", "--json")
    valid(
        "attack", percept_adv_here("attack", "c4", DIGIT, "-o", out, "--attack", "ddn", *parameters)
    )
    valid(
        "smooth",
        percept_adv_here(
            "smooth", DIGIT, out / "00000.png", "-o", tmp_path / "s.png", "--alpha", "0.9", "--json"
        ),
    )
    valid("metrics", percept_adv_here("metrics", DIGIT, out / "00000.png", "--json"))


def test_explain(percept_adv_here, tmp_path):
    valid("explain", percept_adv_here("explain", "c4", DIGIT, "-o", tmp_path, "--json", "--quiet"))


def test_magnify(percept_adv_here, tmp_path):
    valid("magnify", percept_adv_here("magnify", DIGIT, "-o", tmp_path, "--json", "--quiet"))


def test_what_is_listed(percept_adv_here):
    lines = valid("attacks", percept_adv_here("attacks", "list", "--json"))
    assert {"ddn", "scw"} <= {line["name"] for line in lines}
    valid("gradient", percept_adv_here("gradient", "c4", "--check", "--json"))


def test_evaluate(percept_adv_here, tmp_path):
    done = percept_adv_here(
        "evaluate", "c4", "mnist-sample", "-o", tmp_path / "run", "--attacks", "fgsm",
        "--eps", "fgsm=0.3", "--limit", "2", "--json", "--quiet",
    )  # fmt: skip
    valid("evaluate", done)
