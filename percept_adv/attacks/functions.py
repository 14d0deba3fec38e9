"""One Python function for each attack, whose signature and docstring name all its parameters."""

from __future__ import annotations

from inspect import Parameter as Argument
from inspect import signature
from textwrap import fill, indent
from typing import TYPE_CHECKING, Any

from percept_adv.attacks.calling import attack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.attacks.engine.result import AttackResult
    from percept_adv.attacks.registry import Declaration
    from percept_adv.classifier import Classifier
    from percept_adv.parameters import Parameter

_HOME = "percept_adv.attacks"
_WIDTH = 88
_SHARED = [
    argument
    for argument in signature(attack).parameters.values()
    if argument.name != "name" and argument.kind is not Argument.VAR_KEYWORD
]
"""What all attacks are called with."""


def attack_function(declaration: Declaration) -> Callable[..., AttackResult]:
    """Return the function of an attack: `attack` with its name filled in."""
    name = declaration.name

    def run(
        classifier: Classifier, images: NDArray[Any], labels: NDArray[np.integer], **options: Any
    ) -> AttackResult:
        return attack(name, classifier, images, labels, **options)

    run.__name__ = run.__qualname__ = name
    run.__module__ = _HOME
    run.__doc__ = "\n".join(_docstring(declaration))
    own = [
        Argument(one.name, Argument.KEYWORD_ONLY, default=one.default, annotation=one.annotation)
        for one in declaration.parameters.values()
    ]
    run.__signature__ = signature(attack).replace(  # type: ignore[attr-defined]
        parameters=[*_SHARED, *own]
    )
    return run


def _docstring(declaration: Declaration) -> Iterator[str]:
    yield f"Attack with {declaration.title}."
    yield ""
    yield fill(declaration.when, _WIDTH)
    yield ""
    yield fill(f"{declaration.paper}.", _WIDTH)
    yield ""
    yield "Parameters"
    yield "----------"
    # Names on one line each: readers of docstrings do not join lines.
    for names in fill(", ".join(argument.name for argument in _SHARED), _WIDTH).splitlines():
        yield names.removesuffix(",")
        yield f"    As for `{_HOME}.attack`."
    for parameter in declaration.parameters.values():
        yield from _described(parameter)
    yield ""
    yield "Returns"
    yield "-------"
    yield "AttackResult"
    yield "    One outcome an image, successes and failures alike."
    yield ""
    yield "Raises"
    yield "------"
    yield "InputError"
    yield "    If images, labels or parameters cannot be used."
    yield "ModelError"
    yield "    If the model cannot be differentiated."
    yield ""
    yield "Examples"
    yield "--------"
    limit = "" if "max_evaluations" in declaration.lacks else ", max_evaluations=20"
    called = f"percept_adv.attacks.{declaration.name}(classifier, images, labels{limit})"
    yield f">>> result = {called}"
    yield ">>> result.success.shape, result.stored.dtype"
    yield "((1,), dtype('uint8'))"


def _described(parameter: Parameter) -> Iterator[str]:
    yield f"{parameter.name} : {parameter.annotation}, default {parameter.default!r}"
    yield indent(fill(parameter.sentence, _WIDTH - 4), "    ")
