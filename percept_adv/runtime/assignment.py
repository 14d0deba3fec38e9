"""Which provider onnxruntime gives each node of a model."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import onnxruntime

from percept_adv.runtime.providers import NAMES, preload_cuda_libraries, provider_chain

if TYPE_CHECKING:
    import onnx

_RECORD = "session.record_ep_graph_assignment_info"


def assigned_nodes(
    model: onnx.ModelProto, provider: Literal["cuda", "cpu"]
) -> dict[str, Counter[str]] | None:
    """Load a model, and return how many nodes of each operator each provider got.

    Parameters
    ----------
    model : ModelProto
    provider : {"cuda", "cpu"}
        The one that the session asks for; see `resolve_provider`.

    Returns
    -------
    dict or None
        For each provider of the session, the first that was asked for, operators and their
        numbers; None where this onnxruntime does not tell.

    Examples
    --------
    >>> import onnx
    >>> model = onnx.parser.parse_model(
    ...     '<ir_version: 8, opset_import: ["": 17]> g (float[2] x) => (float[2] y) { y = Relu(x) }'
    ... )
    >>> assigned_nodes(model, "cpu")
    {'cpu': Counter({'Relu': 1})}
    """
    if not hasattr(onnxruntime.InferenceSession, "get_provider_graph_assignment_info"):
        return None
    if provider == "cuda":
        preload_cuda_libraries()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry(_RECORD, "1")
    chain = provider_chain(provider)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=chain)
    short = {name: key for key, name in NAMES.items()}
    found: dict[str, Counter[str]] = {short[name]: Counter() for name in chain}
    for group in session.get_provider_graph_assignment_info():
        found[short[group.ep_name]].update(node.op_type for node in group.get_nodes())
    return found
