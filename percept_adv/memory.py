"""How much memory is free, for this machine or the container that runs here."""

from __future__ import annotations

from pathlib import Path

import psutil

from percept_adv.errors import MemoryLimitError

# What need not be asked for: any machine has it.
_ALWAYS_THERE = 2**28
_CGROUP = Path("/sys/fs/cgroup")
_LIMITS = (
    ("memory.max", "memory.current", "memory.stat"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
)


def available_memory() -> int:
    """Return the bytes that can be taken without swapping: the container's, if it has fewer."""
    return int(min([psutil.virtual_memory().available, *_left_in_container()]))


def require_memory(needed: int, purpose: str) -> None:
    """Refuse work that needs more memory than is free, before the system ends the process.

    Parameters
    ----------
    needed
        Bytes, at most.
    purpose
        What needs them, for the message.

    Raises
    ------
    MemoryLimitError
        If they are not free.
    """
    if needed <= _ALWAYS_THERE or needed <= (free := available_memory()):
        return
    raise MemoryLimitError(
        f"{purpose} takes {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free: "
        "scale the image down, or use a machine with more"
    )


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
