"""Parameters that are declared once: what they take, what they say."""

from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from percept_adv.errors import ParameterError
from percept_adv.parameters import (
    Parameters,
    build,
    choice,
    group,
    parameters_of,
    read_number,
    real,
    suggestion,
    values_of,
    whole,
)


@dataclass(frozen=True, kw_only=True)
class Inner(Parameters):
    alpha: float = real(0.9, least=0, below=1, summary="Inner.")


@dataclass(frozen=True, kw_only=True)
class Walk(Parameters):
    step_size: float = real(1.0, above=0, unit="L2", summary="Norm of a step.")
    steps: int = whole(20, least=1, most=30, summary="How many there are.")
    loss: str = choice("margin", "margin", "entropy", summary="What is lowered.")
    memory: float | None = real(None, least=0, if_none="none", summary="What is kept.")
    inner: Inner = group(Inner)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"step_size": 0}, r"^step_size is 0: give a number above 0$"),
        ({"step_size": "x"}, r"^step_size is 'x': give a number above 0$"),
        ({"step_size": float("nan")}, "^step_size is nan: give"),
        ({"step_size": float("inf")}, "^step_size is inf: give"),
        ({"step_size": True}, "^step_size is True: give"),
        ({"step_size": None}, "^step_size is None: give"),
        ({"steps": 2.5}, r"^steps is 2.5: give a whole number in \[1, 30\]$"),
        ({"steps": 31}, "^steps is 31: give"),
        ({"loss": "Margin"}, "^loss is 'Margin': give one of margin, entropy$"),
        ({"loss": 3}, "^loss is 3: give one of"),
        ({"memory": -1}, "^memory is -1: give a number from 0 on$"),
        ({"alpha": 1.0}, r"^alpha is 1.0: give a number in \[0, 1\)$"),
        ({"stepsize": 1}, "^unknown parameter 'stepsize': did you mean step_size\\? use one of"),
        ({"inner": 1}, "^unknown parameter 'inner'"),
    ],
)
def test_what_cannot_be_used_is_refused_in_the_users_words(values, message):
    with pytest.raises(ParameterError, match=message):
        build(Walk, values)


def test_values_become_plain_and_reach_their_class():
    walk = build(
        Walk, {"step_size": np.float32(0.5), "steps": np.int64(3), "memory": None, "alpha": 0}
    )
    assert (walk.step_size, walk.steps, walk.memory, walk.inner.alpha) == (0.5, 3, None, 0.0)
    assert [type(value) for value in (walk.step_size, walk.steps)] == [float, int]
    assert list(parameters_of(Walk)) == ["step_size", "steps", "loss", "memory", "alpha"]
    assert build(Walk, {}) == Walk()
    assert build(Walk, values_of(walk)) == walk
    assert list(values_of(walk)) == list(parameters_of(Walk))
    with pytest.raises(FrozenInstanceError):
        walk.steps = 4


def test_the_class_itself_checks_too():
    with pytest.raises(ParameterError, match="steps is 0"):
        Walk(steps=0)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("step_size", "8/255", 8 / 255),
        ("step_size", "3e-2", 0.03),
        ("steps", "7", 7),
        ("loss", "entropy", "entropy"),
        ("memory", "none", None),
        ("memory", "None", None),
    ],
)
def test_values_are_read_as_they_are_written(name, text, value):
    assert parameters_of(Walk)[name].read(text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("step_size", text) for text in ("8/0", "nan", "1e999", "")),
        *(("steps", text) for text in ("2.5", "8/2", "many")),
        *(("loss", text) for text in ("", "none")),
    ],
)
def test_text_that_is_no_value_is_refused_with_the_name(name, text):
    with pytest.raises(ParameterError, match=f"^{name} is .*: give "):
        parameters_of(Walk)[name].read(text)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 1000))
def test_fractions_are_their_quotient(numerator, denominator):
    assert read_number(f"{numerator!r}/{denominator}") == numerator / denominator


@given(st.text())
def test_any_text_is_a_number_or_a_value_error(text):
    try:
        number = read_number(text)
    except ValueError:
        return
    assert np.isfinite(number)


@pytest.mark.parametrize(
    ("given_name", "meant"),
    [("pgd", "pgd2"), ("SCW", "scw"), ("deep-fool", "deepfool"), ("ifgms", "ifgsm"), ("zzz", None)],
)
def test_the_nearest_name_is_suggested(given_name, meant):
    told = suggestion(given_name, ["pgd2", "scw", "deepfool", "ifgsm", "fgsm"])
    assert told == (f"did you mean {meant}? " if meant else "")
