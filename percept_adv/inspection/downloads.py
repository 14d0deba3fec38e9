"""Files to keep: the magnified picture, its values, and what made them."""

from __future__ import annotations

import io
import json
import shlex
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
from starlette.responses import Response

from percept_adv.images import content_sha256, encode_png
from percept_adv.inspection.rendering import to_grey_levels

if TYPE_CHECKING:
    from collections.abc import Callable

    from percept_adv.inspection.library import SceneFiles, SubjectFile
    from percept_adv.inspection.settings import Settings
    from percept_adv.inspection.workbench import Workbench


def downloads(
    stem: str,
) -> dict[str, Callable[[Workbench, SceneFiles, SubjectFile, Settings], Response]]:
    """Return what can be downloaded, by the last part of its address; ``stem`` names the files."""
    return {
        "magnified.png": lambda bench, _, subject, settings: _attachment(
            encode_png(to_grey_levels(_signal(bench, subject, settings), "magnified", settings)),
            f"{stem}_magnified.png",
            "image/png",
        ),
        "magnified.npy": lambda bench, _, subject, settings: _attachment(
            _npy(_signal(bench, subject, settings)),
            f"{stem}_magnified.npy",
            "application/octet-stream",
        ),
        "parameters.json": lambda bench, scene, subject, settings: _attachment(
            json.dumps(_parameters(bench, scene, subject, settings), indent=1).encode(),
            f"{stem}_parameters.json",
            "application/json",
        ),
    }


def _signal(bench: Workbench, subject: SubjectFile, settings: Settings) -> Any:
    return bench.magnified(subject.path, settings)


def _npy(values: Any) -> bytes:
    kept = io.BytesIO()
    np.save(kept, values)
    return kept.getvalue()


def _parameters(
    bench: Workbench, scene: SceneFiles, subject: SubjectFile, settings: Settings
) -> dict[str, Any]:
    """Return what makes the same pictures again."""
    sha256 = content_sha256(subject.path)
    bench.picture(subject.path)  # An error if what was hashed is not what is shown.
    options = [
        f"--{name.replace('_', '-')}={getattr(settings, name):g}"
        for name in ("gain", "beta", "domain_sigma", "range_sigma")
    ]
    return {
        "percept_adv": version("percept-adv"),
        "scene": scene.name,
        "subject": subject.label,
        "input": str(subject.path),
        "sha256": sha256,
        "parameters": settings.as_dict(),
        "command": shlex.join(
            ["percept-adv", "magnify", "-o", "OUT.png", *options, "--", str(subject.path)]
        ),
    }


def _attachment(content: bytes, name: str, media_type: str) -> Response:
    disposition = f"attachment; filename*=utf-8''{quote(name, errors='replace')}"
    return Response(content, media_type=media_type, headers={"content-disposition": disposition})
