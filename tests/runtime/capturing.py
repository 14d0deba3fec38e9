"""Stands in for an onnxruntime with CUDA: captures and replays as CUDA graphs do, on the CPU."""

import ctypes
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import onnxruntime

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
WARM_UPS = 2
TYPES = {"tensor(bool)": np.bool_, "tensor(float)": np.float32, "tensor(int64)": np.int64}


class OnCuda:
    """Makes OrtValues; the device's memory is the host's, whose addresses are as good."""

    @staticmethod
    def ortvalue_from_numpy(array, device, number):
        assert (device, number) == ("cuda", 0)
        return onnxruntime.OrtValue.ortvalue_from_numpy(array)


class Binding:
    def __init__(self):
        self.inputs, self.outputs = {}, {}

    def bind_ortvalue_input(self, name, value):
        self.inputs[name] = place_of(value)

    def bind_ortvalue_output(self, name, value):
        self.outputs[name] = place_of(value)


def place_of(value):
    return value.data_ptr(), TYPES[value.data_type()], tuple(value.shape())


def array_at(place):
    """Return what lies at an address now, as a view."""
    address, kind, shape = place
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    return np.frombuffer((ctypes.c_char * size).from_address(address), kind).reshape(shape)


class CapturingSession:
    """A session with CUDA graphs: the run of a number captures, later ones replay.

    A replay reads and writes the addresses of its capture, whatever the binding says. A binding
    that says otherwise is a mistake of whoever runs it, and an error here.

    Attributes
    ----------
    runs : list of str
        What was done, in order.
    """

    every: ClassVar[list] = []

    def __init__(self, source, options, providers):
        (self.provider, self.options), *_ = providers
        self.check(self.options)
        self.session = onnxruntime.InferenceSession(source, options, providers=[CPU])
        self.graphs, self.runs = {}, []
        self.every.append(self)

    def check(self, options):
        pass

    def get_providers(self):
        return [self.provider, CPU]

    def disable_fallback(self):
        self.session.disable_fallback()

    def get_inputs(self):
        return self.session.get_inputs()

    def get_outputs(self):
        return self.session.get_outputs()

    def run(self, outputs, feeds):
        return self.session.run(outputs, feeds)

    def io_binding(self):
        return Binding()

    def run_with_iobinding(self, binding, options):
        entries = "enable_cuda_graph" in self.options
        graph = options.get_run_config_entry("gpu_graph_id") if entries else "-1"
        if graph == "-1":
            self.runs.append("plain")
            self.compute(binding.inputs, binding.outputs)
            return
        if graph not in self.graphs:
            for _ in range(WARM_UPS):
                self.runs.append("warm-up")
                self.compute(binding.inputs, binding.outputs)
            self.runs.append(f"capture {graph}")
            self.capture(graph, binding)
        assert (binding.inputs, binding.outputs) == self.graphs[graph], "an address has changed"
        self.runs.append(f"replay {graph}")
        self.replay(*self.graphs[graph])

    def capture(self, graph, binding):
        self.graphs[graph] = (dict(binding.inputs), dict(binding.outputs))

    def replay(self, inputs, outputs):
        self.compute(inputs, outputs)

    def compute(self, inputs, outputs):
        feeds = {name: array_at(place).copy() for name, place in inputs.items()}
        for output, value in zip(self.get_outputs(), self.session.run(None, feeds), strict=True):
            array_at(outputs[output.name])[...] = value


class Refusing(CapturingSession):
    """As where a node is left to the CPU."""

    def check(self, options):
        if options:
            raise RuntimeError("This session cannot use the graph capture feature")


class Full(CapturingSession):
    """As where the weights do not fit into the device's memory."""

    def check(self, options):  # noqa: ARG002
        raise RuntimeError("BFCArena::AllocateRawInternal Failed to allocate memory for 1 GB")


class Failing(CapturingSession):
    """As where a kernel waits for the device."""

    def capture(self, graph, binding):  # noqa: ARG002
        raise RuntimeError("operation not permitted when stream is capturing")


class FailingLate(Failing):
    """For the second of the two graphs."""

    def capture(self, graph, binding):
        if self.graphs:
            super().capture(graph, binding)
        self.graphs[graph] = (dict(binding.inputs), dict(binding.outputs))


class Stale(CapturingSession):
    """As where an input lies on the host: a replay finds what it was when it was captured."""

    def capture(self, graph, binding):
        super().capture(graph, binding)
        place = binding.inputs["state/x"]
        self.kept = getattr(self, "kept", {}) | {place: array_at(place).copy()}

    def replay(self, inputs, outputs):
        place = inputs["state/x"]
        now = array_at(place).copy()
        array_at(place)[...] = self.kept[place]
        self.compute(inputs, outputs)
        array_at(place)[...] = now


class Lazy(CapturingSession):
    """As where what was launched was not captured: a replay does nothing."""

    def replay(self, inputs, outputs):
        pass


class Clobbered(CapturingSession):
    """As where two graphs compute in the same memory: one spoils what the other put out."""

    def replay(self, inputs, outputs):
        self.compute(inputs, outputs)
        array_at(outputs["told"])[...] += 1


def stand_in(session):
    """Return what takes onnxruntime's place."""
    session.every = []
    return SimpleNamespace(
        InferenceSession=session,
        OrtValue=OnCuda,
        RunOptions=onnxruntime.RunOptions,
        SessionOptions=onnxruntime.SessionOptions,
    )
