"""What is made from the declarations of attacks: their page, the types of their functions, names.

``make generated`` writes all three; a test holds them to the declarations.
"""

from __future__ import annotations

import sys
from inspect import signature
from typing import TYPE_CHECKING, Any

from percept_adv import attacks
from percept_adv.attacks.registry import declarations, names
from percept_adv.metrics import METRICS
from percept_adv.solvers import method_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from percept_adv.attacks.registry import Declaration
    from percept_adv.parameters import Parameter

_INTRODUCTION = """# Attacks

Every attack can be used in three ways; the names and parameters are the same in all of them.

| where | the attack | its parameters |
|---|---|---|
| `percept-adv attack` | `--attack NAME` | `-p NAME=VALUE` |
| `percept-adv evaluate` | `--attacks NAME,NAME` | `-p ATTACK.NAME=VALUE` |
| Python | `percept_adv.attacks.NAME(...)` | keyword arguments |

`percept-adv attacks list` and `percept-adv attacks describe NAME` show this page in a terminal.

## Which attack when

- *Distance*: what the attack bounds (fixed distortion) or makes as small as it can (the others).
- *Gradients*: the most that one image costs at the default parameters; time grows with it. The
  search for an image that survives rounding adds up to 12. `--max-evaluations` limits the sum.
- *Family*: see below the table.

| attack | when | family | distance | gradients |
|---|---|---|---|---:|"""

_FAMILIES = """
- **fixed distortion**: stays inside a ball of radius `eps` around the original.
- **minimum distortion**: looks for the smallest perturbation that fools the model.
- **penalty**: looks for the smallest one too. It minimises distortion + c * loss, for several c.

This page is made from the attacks' own declarations (`make generated`).
"""


def attacks_page() -> str:
    """Return docs/attacks.md."""
    return "\n".join([_INTRODUCTION, *_overview(), _FAMILIES, *_sections()]).rstrip() + "\n"


def _overview() -> Iterator[str]:
    for one in declarations():
        cells = (
            f"[{one.name}](#{one.name})",
            one.when,
            one.family,
            ", ".join(one.distances),
            str(one.gradients),
        )
        yield f"| {' | '.join(cells)} |"


def _sections() -> Iterator[str]:
    for one in declarations():
        yield f"## {one.name}\n"
        yield f"{one.title}. {one.paper}.\n"
        yield from _remarks(one)
        yield "| parameter | default | values | unit | what it is |"
        yield "|---|---|---|---|---|"
        for parameter in one.parameters.values():
            yield _parameter_row(parameter)
        yield ""


def _remarks(one: Declaration) -> Iterator[str]:
    if one.smooth_form_of:
        yield f"It is [{one.smooth_form_of}](#{one.smooth_form_of}) with smoothing.\n"
    if one.random:
        yield f"Random (repeat a run with the same `--seed`): {one.random}.\n"
    if one.lacks:
        yield "Options that it does not take:\n"
        yield from (f"- `{option}`: {reason}." for option, reason in one.lacks.items())
        yield ""


def _parameter_row(parameter: Parameter) -> str:
    default = parameter.shown_default
    summary = parameter.summary
    if parameter.if_none:
        summary = f"{summary} None: {parameter.if_none}."
    cells = (f"`{parameter.name}`", default, parameter.expected, parameter.unit, summary)
    return f"| {' | '.join(cells)} |"


def stub() -> str:
    """Return percept_adv/attacks/__init__.pyi: editors and type checkers cannot see what is made.

    All functions of attacks are made from declarations when the package is imported.
    """
    public = [name for name in vars(attacks)["__all__"] if name not in names()]
    # A type that is made of others does not say where it is from.
    own = [name for name in public if _home(name).startswith("percept_adv")]
    imports = sorted(f"from {_home(name)} import {name} as {name}" for name in own)
    return "\n".join(
        [
            "# ruff: noqa",
            "# Made from the declarations of attacks: make generated.",
            "from collections.abc import Sequence",
            "from typing import Any, Literal",
            "",
            "import numpy as np",
            "from numpy.typing import NDArray",
            "",
            "from percept_adv.classifier import Classifier",
            "from percept_adv.attacks.engine.engines import Engine as Engine",
            "from percept_adv.attacks.engine.stopping import Callback",
            "from percept_adv.storing import Store",
            *imports,
            "",
            *(f"def {one.name}{_arguments(one)}: ..." for one in declarations()),
            "",
        ]
    )


def _home(name: str) -> str:
    module: str = getattr(attacks, name).__module__
    return module


def _arguments(one: Declaration) -> str:
    """Return a signature as source text: its annotations are text already."""
    function: Callable[..., Any] = getattr(attacks, one.name)
    made = signature(function)
    parts = []
    for argument in made.parameters.values():
        if argument.kind is argument.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = "" if argument.default is argument.empty else f" = {argument.default!r}"
        parts.append(f"{argument.name}: {argument.annotation}{default}")
    return f"({', '.join(parts)}) -> {made.return_annotation}"


def names_module() -> str:
    """Return cli/shared/attack_names.py: what help and completion need without any import."""
    lines = [
        '"""Attacks, solvers and metrics, for help and completion: make generated."""',
        "",
        "ATTACKS: dict[str, tuple[str, ...]] = {",
    ]
    for one in declarations():
        lines += [
            f'    "{one.name}": (',
            *(f'        "{name}",' for name in one.parameters),
            "    ),",
        ]
    lines += ["}", '"""The parameters of each attack."""', "", "INDEPENDENT = ("]
    lines += [f'    "{one.name}",' for one in declarations() if one.independent]
    lines += [")", '"""Those that attack each image for itself."""', "", "SOLVERS = ("]
    lines += [f'    "{name}",' for name in method_names()]
    lines += [")", '"""The methods of guided smoothing."""', "", "METRICS = ("]
    lines += [f'    "{name}",' for name in METRICS]
    lines += [")", '"""The metrics, in the order of tables."""', ""]
    return "\n".join(lines)


if __name__ == "__main__":
    _MADE = {"page": attacks_page, "stub": stub, "names": names_module}
    sys.stdout.write(_MADE[sys.argv[1]]())
