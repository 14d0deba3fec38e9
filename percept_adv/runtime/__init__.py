"""Everything that touches onnxruntime."""

from __future__ import annotations

from .providers import Provider, available_providers, resolve_provider
from .session import Session
from .spooling import spool_weights
from .weights import MappedWeights, map_weights

__all__ = [
    "MappedWeights",
    "Provider",
    "Session",
    "available_providers",
    "map_weights",
    "resolve_provider",
    "spool_weights",
]
