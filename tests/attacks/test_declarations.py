"""What attacks declare, and all that is made from it."""

import ast
import inspect
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from attack_cases import ALL

from percept_adv import attacks
from percept_adv.attacks import declarations, find, names
from percept_adv.attacks.documentation import attacks_page, names_module, stub
from percept_adv.errors import ParameterError
from percept_adv.parameters import Parameters

ROOT = Path(__file__).parents[2]
NUMBERS = [
    (one.name, parameter)
    for one in declarations()
    for parameter in one.parameters.values()
    if parameter.kind != "choice"
]


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("docs/attacks.md", attacks_page),
        ("percept_adv/attacks/__init__.pyi", stub),
        ("cli/shared/attack_names.py", names_module),
    ],
)
def test_what_is_made_from_declarations_is_up_to_date(file, made):
    assert (ROOT / file).read_text() == made(), "make generated"


@pytest.mark.parametrize("one", declarations(), ids=lambda one: one.name)
def test_a_declaration_is_whole(one):
    assert one.title
    assert one.paper[-5:].strip().isdigit() or "eq." in one.paper
    assert one.when.endswith(".")
    assert one.gradients >= 0
    assert set(one.distances) <= {"l0", "l1", "l2", "linf", "ssim", "ciede2000"}
    if one.smooth_form_of:
        assert find(one.smooth_form_of).family == one.family
        assert "alpha" in one.parameters
    if one.family == "fixed distortion":
        assert "eps" in one.parameters
    if "distance" in one.parameters:
        parameter = one.parameters["distance"]
        assert parameter.default == one.distances[0]
        assert set(parameter.choices) == set(one.distances)


@pytest.mark.parametrize("one", declarations(), ids=lambda one: one.name)
def test_every_field_of_a_rule_is_a_declared_parameter(one):
    assert is_dataclass(one.method)
    for each in fields(one.method):
        if each.name not in one.parameters:
            assert isinstance(getattr(one.make(), each.name), Parameters)
    for parameter in one.parameters.values():
        assert parameter.check(parameter.default) == parameter.default
        assert parameter.summary.endswith(".")


@pytest.mark.parametrize("one", declarations(), ids=lambda one: one.name)
def test_functions_name_every_parameter(one):
    function = getattr(attacks, one.name)
    arguments = inspect.signature(function).parameters
    kinds = {argument.kind for argument in arguments.values()}
    assert inspect.Parameter.VAR_KEYWORD not in kinds
    assert list(arguments)[:3] == ["classifier", "images", "labels"]
    shared = inspect.signature(attacks.AttackRequest).parameters
    assert {name: arguments[name].default for name in shared} == {
        name: argument.default for name, argument in shared.items()
    }
    for name, parameter in one.parameters.items():
        assert arguments[name].default == parameter.default
        assert f"\n{name} : " in function.__doc__
    assert function.__name__ in attacks.__all__


@pytest.mark.parametrize(("name", "parameter"), NUMBERS)
@pytest.mark.parametrize("value", ["x", float("nan"), float("inf"), -1e30, [1], True])
def test_no_number_takes_what_is_none(name, parameter, value):
    with pytest.raises(ParameterError, match=f"^{name}: {parameter.name} is "):
        find(name).make(**{parameter.name: value})


@pytest.mark.parametrize("name", names())
def test_whole_numbers_are_whole(name):
    for parameter in find(name).parameters.values():
        if parameter.kind == "whole number":
            with pytest.raises(ParameterError, match=f"{parameter.name} is 2.5: give a whole"):
                find(name).make(**{parameter.name: 2.5})


@pytest.mark.parametrize(
    ("given", "meant"), [("CW", "cw"), (" scw ", "scw"), ("perc-al", "perc_al"), ("DDN", "ddn")]
)
def test_case_does_not_matter(given, meant):
    assert find(given).name == meant


@pytest.mark.parametrize(("given", "meant"), [("pgd", "pgd2"), ("c&w", "cw"), ("i-fgsm", "ifgsm")])
def test_the_nearest_attack_is_suggested(given, meant):
    with pytest.raises(ParameterError, match=f"unknown attack .* did you mean {meant}"):
        find(given)


def test_wrong_values_are_refused_before_anything_is_looked_at():
    for parameters in ({"margin": "x"}, {"margin": float("nan")}, {"kernel": "foo"}):
        with pytest.raises(ParameterError, match=r"^scw: "):
            attacks.scw(None, None, None, **parameters)


def test_all_smoothing_options_reach_the_smoother(linear):
    images, labels = linear.images(1)
    options = {**ALL["scw"], "iterations": 3, "search_steps": 1}
    results = {
        method: attacks.scw(linear.classifier, images, labels, method=method, tol=1e-9, **options)
        for method in ("dense", "chebyshev", "amg")
    }
    for result in results.values():
        assert abs(result.adversarial - results["dense"].adversarial).max() < 1e-5
    other = attacks.scw(linear.classifier, images, labels, neighbours=8, **options)
    assert abs(other.adversarial - results["dense"].adversarial).max() > 1e-5


def test_type_checkers_see_the_functions_with_all_their_parameters():
    tree = ast.parse((ROOT / "percept_adv/attacks/__init__.pyi").read_text())
    functions = {node.name: node.args for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert set(functions) == set(names())
    for name, arguments in functions.items():
        assert arguments.kwarg is None
        own = [argument.arg for argument in arguments.kwonlyargs]
        assert own[-len(find(name).parameters) :] == list(find(name).parameters)
        assert all(argument.annotation for argument in arguments.args + arguments.kwonlyargs)
