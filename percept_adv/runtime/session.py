"""A model that runs: one session of onnxruntime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail

from percept_adv.errors import DeviceMemoryError, ModelError, ModelFormatError, ProviderError
from percept_adv.gradients import GUARD
from percept_adv.runtime.providers import preload_cuda_libraries, provider_chain
from percept_adv.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import onnx
    from numpy.typing import NDArray

    from percept_adv.runtime.weights import MappedWeights

_MANY_NODES = 20_000
"""From here on the plan of which memory to use again, quadratic in the nodes, takes minutes."""

_OTHER_SIZES = (
    "the gradient of this model cannot be computed at images of this size: shapes inside it follow "
    "the size in a way that was not foreseen; fix the size with --height and --width"
)
_OUT_OF_MEMORY = ("failed to allocate memory", "out of memory", "bad_alloc", "alloc_failed")
_FOLDER = "session.model_external_initializers_file_folder_path"


class Session:
    """A model loaded into onnxruntime.

    Parameters
    ----------
    model
        A path, a model in memory, or the bytes of one, beside which no other copy is held.
    provider
        ``"cuda"`` or ``"cpu"``; see `resolve_provider`.
    weights
        The model's external weights, shared with other sessions.
    node_count
        How many nodes the model has, where they may be many thousands.
    provider_options
        Of the provider, in onnxruntime's words.

    Raises
    ------
    ModelFormatError
        If onnxruntime cannot load the model, or cannot do with it what the options ask for.
    DeviceMemoryError
        If the device has not enough memory for it.
    ProviderError
        If the session did not get the provider.

    Examples
    --------
    >>> from percept_adv.runtime import Session
    >>> session = Session(model)
    >>> session.run({"images": np.zeros((1, 1, 28, 28), np.float32)})[0].shape
    (1, 10)
    """

    def __init__(
        self,
        model: Path | onnx.ModelProto | bytes,
        *,
        provider: Literal["cuda", "cpu"] = "cpu",
        weights: MappedWeights | None = None,
        node_count: int = 0,
        provider_options: Mapping[str, str] | None = None,
    ) -> None:
        if provider == "cuda":
            preload_cuda_libraries()
        source = model if isinstance(model, bytes) else _source_of(model)
        name = "the model in memory" if isinstance(source, bytes) else source
        options = _options()
        options.enable_mem_reuse = node_count < _MANY_NODES
        if weights is not None:
            folder = str(weights.folder.resolve())
            options.add_session_config_entry(_FOLDER, folder)
        if weights is not None and provider == "cpu":
            weights.offer(options)
        first, *rest = provider_chain(provider)
        chain = [(first, dict(provider_options or {})), *rest]
        try:
            self._session = onnxruntime.InferenceSession(source, options, providers=chain)
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            if _is_scarcity(reason):
                told = f"there is not enough memory to load {name}: {reason}"
                raise DeviceMemoryError(told) from error
            raise ModelFormatError(f"onnxruntime cannot load {name}: {reason}") from error
        if first not in self._session.get_providers():
            raise ProviderError(f"the session for {name} did not get the provider {provider}")
        # Where CUDA fails in a run, onnxruntime would go on with the CPU, and say so on stdout.
        self._session.disable_fallback()
        # What a session takes its weights from has to live as long as the session.
        self._weights = weights
        self.provider = provider

    def run(
        self, feeds: Mapping[str, NDArray[Any]], outputs: list[str] | None = None
    ) -> list[NDArray[Any]]:
        """Compute the named outputs (all by default) from the named inputs.

        Parameters
        ----------
        feeds
            Arrays by the names of inputs.
        outputs
            Names, in the order of the results.

        Returns
        -------
        list of ndarray
            One for each output.

        Raises
        ------
        ProviderError
            If the provider itself fails: no other one takes its place.
        ModelError
            If the model cannot be run.
        """
        try:
            results: list[NDArray[Any]] = self._session.run(outputs, dict(feeds))
        except Exception as error:
            reason = " ".join(str(error).split())
            if GUARD in reason:
                raise ModelError(_OTHER_SIZES) from error
            raise explained(error) from error
        return results

    def signature(self) -> tuple[list[onnxruntime.NodeArg], list[onnxruntime.NodeArg]]:
        """Return the inputs and the outputs of the model, in order."""
        return self._session.get_inputs(), self._session.get_outputs()

    def binding(self) -> onnxruntime.IOBinding:
        """Return what says where inputs and outputs are, for `run_bound`."""
        return self._session.io_binding()

    def run_bound(
        self, binding: onnxruntime.IOBinding, settings: Mapping[str, str] | None = None
    ) -> None:
        """Compute all outputs where they are bound to.

        Parameters
        ----------
        binding
            Of this session.
        settings
            Of the run, in onnxruntime's words.

        Raises
        ------
        ProviderError
            If the provider itself fails.
        ModelError
            If the model cannot be run.
        """
        options = onnxruntime.RunOptions()
        for key, value in (settings or {}).items():
            options.add_run_config_entry(key, value)
        try:
            self._session.run_with_iobinding(binding, options)
        except Exception as error:
            raise explained(error) from error


def explained(error: Exception) -> Exception:
    """Return onnxruntime's error in a run as one of ours."""
    reason = " ".join(str(error).split())[:300]
    if _is_scarcity(reason):
        return DeviceMemoryError(f"there is not enough memory to run the model: {reason}")
    if isinstance(error, EPFail):
        return ProviderError(f"the provider failed: {reason[:300]}")
    return ModelFormatError(f"onnxruntime cannot run the model: {reason}")


def _is_scarcity(reason: str) -> bool:
    return any(sign in reason.lower() for sign in _OUT_OF_MEMORY)


def _source_of(model: Path | onnx.ModelProto) -> bytes | str:
    """Return what onnxruntime takes: bytes, or the path as text."""
    if hasattr(model, "SerializeToString"):
        content: bytes = model.SerializeToString()
        return content
    return str(model)


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = thread_count()
    # A plan of the memory is a second block beside the arena that the first run has filled:
    # half as much again at InceptionV3's gradient graph, for no time that could be measured.
    options.enable_mem_pattern = False
    # Threads that spin after a run take the processors from the smoothing that follows, and
    # halve the speed on a busy machine; on an idle one they gain a few per cent.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
