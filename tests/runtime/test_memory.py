"""What a step takes, and what CUDA says that is free."""

import ctypes

import pytest
from onnx import parser

from percept_adv.runtime import free_device_memory, working_memory


def test_memory_is_what_lives_at_once():
    """a and b live together, and the input and the output always: 3 x 400, then 4 x 400."""
    text = """<ir_version: 8, opset_import: ["" : 18]>
        g (float[100] x) => (float[100] y) {
            a = Relu (x)
            b = Neg (x)
            y = Add (a, b)
        }"""
    assert working_memory(parser.parse_model(text)) == 4 * 400


class Runtime:
    """Stands in for CUDA's library."""

    def __init__(self, code):
        self.code = code

    def cudaMemGetInfo(self, free, total):  # noqa: N802 (as CUDA has it)
        free._obj.value, total._obj.value = 123, 456
        return self.code


@pytest.mark.parametrize(("code", "expected"), [(0, 123), (35, None)])
def test_the_free_memory_is_what_cuda_says(monkeypatch, code, expected):
    def load(name):
        if name != "libcudart.so.12":
            raise OSError(name)
        return Runtime(code)

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert free_device_memory() == expected


def test_without_cuda_nothing_is_known(monkeypatch):
    def load(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert free_device_memory() is None
