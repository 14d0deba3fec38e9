"""Everything that touches onnxruntime."""

from __future__ import annotations

from .providers import Provider, available_providers, resolve_provider
from .session import Session

__all__ = ["Provider", "Session", "available_providers", "resolve_provider"]
