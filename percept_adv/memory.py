"""How much memory is free, for this machine or the container that runs here."""

from __future__ import annotations

from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")
_LIMITS = (
    ("memory.max", "memory.current", "memory.stat"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
)


def available_memory() -> int:
    """Return the bytes that can be taken without swapping: the container's, if it has fewer."""
    return int(min([psutil.virtual_memory().available, *_left_in_container()]))


def _left_in_container() -> list[int]:
    """Return what the control group leaves, counting its cache of files as free."""
    for limit, usage, statistics in _LIMITS:
        try:
            allowed = int((_CGROUP / limit).read_text())
            used = int((_CGROUP / usage).read_text())
            fields = dict(line.split() for line in (_CGROUP / statistics).read_text().splitlines())
            cache = int(fields.get("inactive_file", 0))
        except (OSError, ValueError):
            continue  # No such file here, or "max": no limit.
        return [max(allowed - used + cache, 0)]
    return []
