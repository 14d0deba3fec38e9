"""Which execution providers really work here.

onnxruntime lists what was compiled in, and a session that asks for CUDA silently becomes
a CPU session where CUDA is missing. So each provider has to prove that it computes.
"""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from typing import Literal

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from percept_adv.errors import ParameterError, ProviderError

Provider = Literal["auto", "cuda", "cpu"]

NAMES = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}


def resolve_provider(provider: Provider) -> Literal["cuda", "cpu"]:
    """Return the provider to use: CUDA for ``auto`` where it works, otherwise the CPU.

    Parameters
    ----------
    provider
        ``"auto"``, ``"cuda"`` or ``"cpu"``.

    Returns
    -------
    str
        ``"cuda"`` or ``"cpu"``.

    Raises
    ------
    ProviderError
        If ``cuda`` is asked for and does not compute here.
    ParameterError
        If the name is unknown.

    Examples
    --------
    >>> from percept_adv.runtime import resolve_provider
    >>> resolve_provider("cpu")
    'cpu'
    """
    if provider == "cpu":
        return "cpu"
    if provider not in ("auto", "cuda"):
        raise ParameterError(f"unknown provider {provider!r}: use auto, cuda or cpu")
    failure = cuda_failure()
    if failure is None:
        return "cuda"
    if provider == "cuda":
        raise ProviderError(
            f"provider cuda is not available: {failure}; use --provider cpu, or install the "
            "extra percept-adv[cuda] on a machine with an NVIDIA driver"
        )
    return "cpu"


def available_providers() -> dict[str, str | None]:
    """Return for each provider None where it works, otherwise the reason why not.

    Returns
    -------
    dict
        One sentence or None for each of ``"cpu"`` and ``"cuda"``.

    Examples
    --------
    >>> from percept_adv.runtime import available_providers
    >>> available_providers()["cpu"] is None
    True
    """
    return {"cpu": None, "cuda": cuda_failure()}


@cache
def cuda_failure() -> str | None:
    """Return None if CUDA computes what the CPU computes, otherwise the reason in one line."""
    if NAMES["cuda"] not in onnxruntime.get_available_providers():
        return "this onnxruntime was built without CUDA"
    # Without its libraries, opening a session would fill the terminal with onnxruntime's log.
    if (missing := preload_cuda_libraries()) is not None:
        return missing
    image = np.random.default_rng(0).standard_normal((1, 3, 8, 8), dtype=np.float32)
    model = _probe_model().SerializeToString()
    try:
        session = onnxruntime.InferenceSession(model, strict_options(), providers=[NAMES["cuda"]])
        session.disable_fallback()
        (result,) = session.run(None, {"x": image})
    except Exception as error:  # noqa: BLE001 (onnxruntime raises many kinds)
        return " ".join(str(error).split())[:300]
    reference = onnxruntime.InferenceSession(model, providers=[NAMES["cpu"]])
    if not np.allclose(result, reference.run(None, {"x": image})[0], rtol=1e-2, atol=1e-2):
        return "CUDA computes other values than the CPU"
    return None


def preload_cuda_libraries() -> str | None:
    """Let onnxruntime find CUDA libraries that pip installed; return what it did not find."""
    if not hasattr(onnxruntime, "preload_dlls"):
        return None
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        onnxruntime.preload_dlls(directory="")
    failures = [line for line in said.getvalue().splitlines() if line.startswith("Failed to load")]
    return failures[0] if failures else None


def strict_options() -> onnxruntime.SessionOptions:
    """Return session options that forbid the silent fallback to the CPU."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    return options


def provider_chain(provider: Literal["cuda", "cpu"]) -> list[str]:
    """Return onnxruntime's names of the provider and of what takes its leftovers."""
    return [NAMES["cuda"], NAMES["cpu"]] if provider == "cuda" else [NAMES["cpu"]]


def _probe_model() -> onnx.ModelProto:
    """Build a convolution and a sum: the two kinds of kernel that CUDA needs most."""
    weights = np.random.default_rng(1).standard_normal((4, 3, 3, 3), dtype=np.float32)
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["y"]),
        helper.make_node("ReduceSum", ["y", "axes"], ["z"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "probe",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [1, 4])],
        [
            numpy_helper.from_array(weights, "w"),
            numpy_helper.from_array(np.array([2, 3], np.int64), "axes"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
