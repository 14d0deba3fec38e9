"""What ``percept-adv doctor`` tells without judging it: versions, threads, providers."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from percept_adv.compilation import kept_in as compiled_code_kept_in
from percept_adv.runtime import available_providers
from percept_adv.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Iterator

# One of the names of a line is installed, depending on the platform.
_PACKAGES = (
    ("percept-adv",),
    ("numpy",),
    ("scipy",),
    ("numba",),
    ("pyamg",),
    ("onnx",),
    ("onnxruntime-gpu", "onnxruntime"),
    ("opencv-python-headless", "opencv-python"),
    ("scikit-image",),
)


def all_facts() -> Iterator[tuple[str, str]]:
    """Yield a name and what is told of it."""
    yield "python", f"{platform.python_version()} on {platform.platform()}"
    for names in _PACKAGES:
        yield _installed(names)
    yield "compiled code", f"kept in {compiled_code_kept_in()}"
    yield "threads", f"{thread_count()} (PERCEPT_ADV_THREADS sets another number)"
    for provider, reason in available_providers().items():
        yield f"provider {provider}", "works" if reason is None else f"does not work: {reason}"


def _installed(names: tuple[str, ...]) -> tuple[str, str]:
    for name in names:
        try:
            return name, version(name)
        except PackageNotFoundError:
            continue
    return names[0], "not installed under this name"
