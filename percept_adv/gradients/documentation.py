"""The table of supported operators, made from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv.gradients import rules  # noqa: F401 - registers every rule
from percept_adv.gradients.canonical import OLDEST
from percept_adv.gradients.expansion import AS_FUNCTIONS
from percept_adv.gradients.opsets import NEWEST
from percept_adv.gradients.registry import all_rules, all_stops
from percept_adv.gradients.rewrites.writer import rewritten_operators

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = f"""# Operators of gradient graphs

`percept_adv.build_gradient_graph` differentiates models of every opset from {OLDEST} to {NEWEST}.
`percept-adv gradient MODEL --check` says whether it can differentiate yours.

- Older forms of an operator are rewritten into one form first, so each rule holds for all opsets.
- The gradient graph has the lowest opset that can express the model, and at least 18.
- Only gradients of tensors that depend on the image are built, none of weights. Weights that depend
  on the image are refused.
- The batch may be dynamic. The size of the image may be dynamic too, except where the last section
  says otherwise.
- Every attribute of ONNX is supported, except those in the last section.

This page is made from the registry of rules:
`python -m percept_adv.gradients.documentation > docs/operators.md`.
"""

_LIMITS = """
## Refused, with the reason

- BatchNormalization and Dropout in training mode; `spatial = 0` of opset 7.
- Conv and ConvTranspose whose weights depend on the image.
- Resize with `keep_aspect_ratio_policy` other than `stretch`.
- ScatterND and ScatterElements with the reductions `mul`, `max` and `min`.
- Scales by blocks in QuantizeLinear and DequantizeLinear.
- LSTM with other activations than its default ones, a clipped cell, coupled gates, peepholes,
  sequences of different lengths, or sequences whose length is dynamic.
- Attention with an optional input left out before one that is given, which onnx does not inline.
- If with a condition that depends on the image, Loop, Scan, and sequences.
- Models that onnxruntime saved in its blocked layout (`com.microsoft.nchwc`): save them with the
  optimisation level `ORT_ENABLE_EXTENDED` or less.
"""


def operator_table() -> str:
    """Return the page of supported operators, in Markdown."""
    return "\n".join([_INTRODUCTION, *_rules(), *_rewrites(), *_stops(), _LIMITS.strip(), ""])


def _shown(op_type: str, domain: str) -> str:
    return f"{domain}.{op_type}" if domain else op_type


def _rules() -> Iterator[str]:
    yield "## Rules\n"
    yield "x is the input of the operator, y its output, g the gradient that arrives at y. The last"
    yield "column has the factor that g is multiplied by, or what is done to g. At kinks, where a"
    yield "derivative does not exist, the value is PyTorch's.\n"
    yield "| operator | family | derivative, and its value at kinks |"
    yield "|---|---|---|"
    for entry in all_rules():
        convention = entry.convention.rstrip(".").replace("|", "\\|")
        yield f"| {_shown(entry.op_type, entry.domain)} | {entry.family} | {convention} |"
    yield ""


def _rewrites() -> Iterator[str]:
    yield "## Rewritten first\n"
    yield "These are rewritten into operators of the table above; a runtime fuses them again:"
    own = {(entry.domain, entry.op_type) for entry in all_rules()}
    names = [_shown(op, domain) for domain, op in rewritten_operators() if (domain, op) not in own]
    names += [f"{op_type} (by its definition in ONNX)" for op_type in sorted(AS_FUNCTIONS)]
    yield ", ".join(names) + "; a model's own functions are inlined.\n"


def _stops() -> Iterator[str]:
    yield "## No derivative, on purpose\n"
    yield "The gradient of these is zero, as in PyTorch.\n"
    yield "| operator | because |"
    yield "|---|---|"
    for op_type, reason in all_stops().items():
        yield f"| {op_type} | {reason} |"
    yield ""


if __name__ == "__main__":
    print(operator_table(), end="")  # noqa: T201 - its output is the page
