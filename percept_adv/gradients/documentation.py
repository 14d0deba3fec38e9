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

`percept_adv.build_gradient_graph` differentiates models in every opset from {OLDEST} to {NEWEST}.
Forms of operators that changed in between are brought into one first, so each rule holds for
all of them. The result is in the lowest opset from 18 on that can say the model.

This page is made from the registry:
`python -m percept_adv.gradients.documentation > docs/operators.md`.

- Gradients with respect to weights are not built; weights that depend on the image are refused.
- Shapes may depend on the batch, and mostly on the size of the image.
- The attributes are all those that ONNX has, except for what stands in the last section.
"""

_LIMITS = """
## Refused, with the reason

- BatchNormalization and Dropout in training mode; `spatial = 0` of opset 7.
- Conv and ConvTranspose whose weights depend on the image.
- Resize with `keep_aspect_ratio_policy` other than `stretch`.
- ScatterND and ScatterElements with the reductions `mul`, `max` and `min`.
- Padding that repeats elements, AveragePool with `ceil_mode`, and `auto_pad` with strides, where
  the size of the image is dynamic.
- Scales by blocks in QuantizeLinear and DequantizeLinear.
- LSTM with activations of its own, a clipped cell, coupled gates, peepholes, sequences of different
  lengths, or of a length that is dynamic.
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
    yield "The derivative that the rule multiplies the gradient g with, or the new gradient; x is"
    yield "the input, y the output. What is chosen at kinks is PyTorch's choice.\n"
    yield "| operator | family | derivative, and its value at kinks |"
    yield "|---|---|---|"
    for entry in all_rules():
        convention = entry.convention.rstrip(".").replace("|", "\\|")
        yield f"| {_shown(entry.op_type, entry.domain)} | {entry.family} | {convention} |"
    yield ""


def _rewrites() -> Iterator[str]:
    yield "## Taken apart first\n"
    yield "These are rewritten into operators of the table, which a runtime fuses again:"
    own = {(entry.domain, entry.op_type) for entry in all_rules()}
    names = [_shown(op, domain) for domain, op in rewritten_operators() if (domain, op) not in own]
    names += [f"{op_type} (by its definition in ONNX)" for op_type in sorted(AS_FUNCTIONS)]
    yield ", ".join(names) + "; a model's own functions are inlined.\n"


def _stops() -> Iterator[str]:
    yield "## No derivative, on purpose\n"
    yield "Gradients end there, as in PyTorch.\n"
    yield "| operator | because |"
    yield "|---|---|"
    for op_type, reason in all_stops().items():
        yield f"| {op_type} | {reason} |"
    yield ""


if __name__ == "__main__":
    print(operator_table(), end="")  # noqa: T201 - its output is the page
