"""The values under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.inspection.picture import as_floats
from percept_adv.magnification import Region, magnify_region

if TYPE_CHECKING:
    from percept_adv.inspection.library import SceneFiles
    from percept_adv.inspection.settings import Settings
    from percept_adv.inspection.workbench import Workbench


def values_at(
    bench: Workbench, scene: SceneFiles, settings: Settings, x: int, y: int
) -> list[dict[str, Any]]:
    """Return what each subject holds at column x and row y; outside of an image, nothing.

    ``stored`` are the file's own samples, ``magnified`` the unscaled signal, ``difference`` the
    difference to the reference in [-1, 1].

    Raises
    ------
    ImageError
        If a file cannot be read.
    """
    reference = None if scene.reference is None else bench.picture(scene.reference.path)
    read = []
    for subject in scene.subjects:
        picture = bench.picture(subject.path)
        height, width = picture.shape
        if not (x < width and y < height):
            continue
        region = Region(y, y + 1, x, x + 1)
        samples = picture.image.samples[region.slices]
        signal = magnify_region(
            picture.image.samples, region, picture.sigma_global, **settings.magnification
        )
        values = {
            "subject": subject.id,
            "stored": samples.ravel().tolist(),
            "magnified": _plain(signal),
        }
        if reference is not None and reference.image.samples.shape == picture.image.samples.shape:
            other = reference.image.samples[region.slices]
            values["difference"] = _plain(as_floats(samples) - as_floats(other))
        read.append(values)
    return read


def _plain(values: Any) -> list[float]:
    return [round(float(value), 4) for value in np.ravel(values)]
