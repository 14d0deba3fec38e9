"""Everything that touches onnxruntime."""

from __future__ import annotations

from percept_adv.runtime.providers import Provider, available_providers, resolve_provider
from percept_adv.runtime.session import Session
from percept_adv.runtime.spooling import spool_weights
from percept_adv.runtime.weights import MappedWeights, map_weights

__all__ = [
    "MappedWeights",
    "Provider",
    "Session",
    "available_providers",
    "map_weights",
    "resolve_provider",
    "spool_weights",
]
