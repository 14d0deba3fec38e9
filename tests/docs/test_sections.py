"""Public docstrings have the sections that their signatures call for; numpydoc reads them."""

import ast
import dataclasses
import functools
import inspect
import textwrap
from importlib import import_module
from pkgutil import walk_packages
from typing import Protocol

import pytest
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

import percept_adv

PARAMETERS = {"PR01", "PR02", "PR03"}
RETURNS = {"RT01", "YD01"}
EXAMPLES = {"EX01"}
NO_DOCSTRING = {"GL08"}

EXPLAINED_BY_A_FUNCTION = {
    "AttackRequest": "percept_adv.attacks.attack",
    "UniversalPerturbation": "percept_adv.attacks.universal",
}
"""Records whose fields are the parameters of a function: its docstring has them."""

WITHOUT_EXAMPLE = {"Writer", "reword", "rewrite_node", "store_emitted_sizes"}
"""Tools that take the state of the gradient graph's builder, which nobody else has."""


def _packages():
    for name in [
        "percept_adv",
        *(m.name for m in walk_packages(percept_adv.__path__, "percept_adv.")),
    ]:
        module = import_module(name)
        if hasattr(module, "__path__") and getattr(module, "__all__", None):
            yield module


def _public(package):
    for name in package.__all__:
        value = getattr(package, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            home = package if value.__module__ == "percept_adv.attacks" else value
            yield f"{getattr(home, '__module__', package.__name__)}.{value.__qualname__}", value


PUBLIC = {value for package in _packages() for _, value in _public(package)}
PRIVATE_BASES = {
    base
    for value in PUBLIC
    if inspect.isclass(value)
    for base in value.__mro__
    if base not in PUBLIC and base.__module__.startswith("percept_adv.")
}
"""Bases whose members are the public ones of the classes that have them."""


def _members(cls):
    """Return a class's own members, and those of bases that are not public themselves."""
    kinds = (property, functools.cached_property, classmethod, staticmethod)
    own = [one for one in cls.__mro__ if one is cls or one in PRIVATE_BASES]
    for name, value in {k: v for base in reversed(own) for k, v in vars(base).items()}.items():
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, kinds)):
            yield name, value


def _is_protocol(cls):
    return Protocol in cls.__mro__ and getattr(cls, "_is_protocol", False)


PROTOCOLS = [
    {name for name, _ in _members(value)}
    for package in _packages()
    for _, value in _public(package)
    if inspect.isclass(value) and _is_protocol(value)
]


def _implements(cls, name):
    """Whether a protocol explains a method: every implementation would say the same."""
    return not _is_protocol(cls) and any(
        name in names and names <= set(dir(cls)) for names in PROTOCOLS
    )


def _function(value):
    if isinstance(value, property):
        return value.fget
    if isinstance(value, functools.cached_property):
        return value.func
    return getattr(value, "__func__", value)


def _fields(cls):
    if dataclasses.is_dataclass(cls):
        return [field.name for field in dataclasses.fields(cls) if field.name[0] != "_"]
    return list(getattr(cls, "_fields", ()))


def _named(value, section):
    entries = NumpyDocString(inspect.getdoc(value) or "")[section]
    return {name.strip() for entry in entries for name in (entry.name or entry.type).split(",")}


def _faults_of_class(name, cls):
    fields = _fields(cls)
    if fields and cls.__name__ not in EXPLAINED_BY_A_FUNCTION:
        lacking = set(fields) - _named(cls, "Attributes") - _named(cls, "Parameters")
        yield from (f"{name}: the field {one} is not explained" for one in sorted(lacking))
    if not fields and not _is_protocol(cls):
        yield from _shared(name, cls)
    checked = NO_DOCSTRING if fields or _is_protocol(cls) else PARAMETERS | EXAMPLES | NO_DOCSTRING
    yield from _validated(name, checked)
    for member, value in _members(cls):
        yield from _faults_of_member(f"{name}.{member}", cls, member, value)


def _faults_of_member(name, cls, member, value):
    function = _function(value)
    if isinstance(value, property | functools.cached_property) or _implements(cls, member):
        yield from _validated(name, NO_DOCSTRING)
        return
    yield from _faults_of_function(name, function, NO_DOCSTRING | PARAMETERS)


def _faults_of_function(name, function, codes):
    # Without parameters, the one line "Return the ..." says all that a section could.
    takes = set(inspect.signature(function).parameters) - {"self", "cls"}
    yield from _validated(name, codes | (RETURNS if takes else set()))
    yield from _raised(name, function)
    if function.__module__ != "percept_adv.attacks":  # Made at run time: no page shows them.
        yield from _shared(name, function)


def _shared(name, function):
    """Names that share an entry have one annotation: pages show the first one's for all."""
    taken = inspect.signature(function).parameters
    for entry in NumpyDocString(inspect.getdoc(function) or "")["Parameters"]:
        names = [one.strip() for one in entry.name.split(",")]
        kinds = {(taken[one].annotation, taken[one].default) for one in names if one in taken}
        if len(kinds) > 1 and not entry.type:
            yield f"{name}: {entry.name} have different annotations or defaults"


def _validated(name, codes):
    if name.split(".")[-1] in WITHOUT_EXAMPLE:
        codes = codes - EXAMPLES
    for code, message in validate(name)["errors"]:
        if code in codes:
            yield f"{name}: {code} {message}"


def _raised(name, function):
    """What the function's own body raises by name stands under Raises."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    calls = (node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise))
    classes = {
        call.func.id
        for call in calls
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
    errors = {one for one in classes if one.endswith("Error")}
    for one in sorted(errors - _named(function, "Raises")):
        yield f"{name}: raises {one}, which is not under Raises"


def _faults(package):
    for name, value in _public(package):
        if inspect.isclass(value):
            yield from _faults_of_class(name, value)
        else:
            yield from _faults_of_function(name, value, NO_DOCSTRING | PARAMETERS | EXAMPLES)


@pytest.mark.parametrize("package", list(_packages()), ids=lambda package: package.__name__)
def test_sections_fit_signatures(package):
    assert list(_faults(package)) == []


def test_faults_are_found():
    def given(first, second):
        """Return the sum.

        Parameters
        ----------
        first
            A number.
        """
        if first < 0:
            raise ValueError(first)
        return first + second

    assert list(_raised("given", given)) == ["given: raises ValueError, which is not under Raises"]
