"""Everything that touches onnxruntime."""

from __future__ import annotations

import onnxruntime

from percept_adv.runtime.assignment import assigned_nodes
from percept_adv.runtime.memory import free_device_memory, working_memory
from percept_adv.runtime.providers import Provider, available_providers, resolve_provider
from percept_adv.runtime.session import Session
from percept_adv.runtime.splicing import splice
from percept_adv.runtime.spooling import spool_weights
from percept_adv.runtime.step_session import StepSession
from percept_adv.runtime.step_values import NEXT, STATE
from percept_adv.runtime.weights import MappedWeights, map_weights

# Which models are tested is nobody else's business: builds of onnxruntime with telemetry send none.
onnxruntime.disable_telemetry_events()

__all__ = [
    "NEXT",
    "STATE",
    "MappedWeights",
    "Provider",
    "Session",
    "StepSession",
    "assigned_nodes",
    "available_providers",
    "free_device_memory",
    "map_weights",
    "resolve_provider",
    "splice",
    "spool_weights",
    "working_memory",
]
