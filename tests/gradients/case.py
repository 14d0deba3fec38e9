"""What a case of a rule is, and short ways to write one."""

from dataclasses import dataclass, field

import numpy as np
from onnx import TensorProto

_GENERATOR = np.random.default_rng(7)


def real(*shape):
    return _GENERATOR.standard_normal(shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def scalar(value):
    return np.array(value, np.float32)


@dataclass(frozen=True)
class Case:
    nodes: list
    x: tuple = (2, 3, 6, 5)
    constants: dict = field(default_factory=dict)
    opset: int = 18
    positive: bool = False
    batch: str | None = "N"
    elem_type: int = TensorProto.FLOAT


def one(text, **options):
    return Case([text], **options)


def unary(*names, **options):
    return {name: [one(f"y = {name}(x)", **options)] for name in names}
