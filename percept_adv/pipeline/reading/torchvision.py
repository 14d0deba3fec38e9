"""torchvision's presets (0.29), by the name of a network and its weights."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from percept_adv.pipeline.colour import ColourMode
from percept_adv.pipeline.crop import CentreCrop
from percept_adv.pipeline.data_type import DataType
from percept_adv.pipeline.normalise import Normalise
from percept_adv.pipeline.orientation import Orientation
from percept_adv.pipeline.pipeline import Pipeline
from percept_adv.pipeline.rescale import Rescale
from percept_adv.pipeline.resize import Resize

_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_VALUES = {
    "efficientnet_v2_l": ((0.5,), (0.5,)),
    "efficientnet_v2_l.IMAGENET1K_V1": ((0.5,), (0.5,)),
    "vgg16.IMAGENET1K_FEATURES": ((0.48235, 0.45882, 0.40784), (1 / 255,)),
}
"""Of the two presets that do not have ImageNet's."""


def presets() -> list[str]:
    """Return the names: a network's (its default weights), or NETWORK.WEIGHTS."""
    return list(_sizes())


def preset_of(name: str) -> str | None:
    """Return the preset of a name as people write it, ``ResNet50_Weights.DEFAULT`` too, or None."""
    network, _, weights = name.partition(".")
    network = network.lower().removesuffix("_weights")
    if network.endswith("_quantizedweights"):
        network = f"quantized_{network.removesuffix('_quantizedweights')}"
    wanted = network if weights in ("", "DEFAULT") else f"{network}.{weights}"
    return wanted if wanted in _sizes() else None


def read_torchvision(name: str, backend: Literal["pillow", "torch"] | None = None) -> Pipeline:
    """Return the pipeline of a preset.

    Parameters
    ----------
    name
        One of `presets`, or what `preset_of` takes for one.
    backend
        ``"torch"`` where images are tensors before the transform; by default Pillow images.
    """
    name = preset_of(name) or name
    edge, crop, interpolation = _sizes()[name]
    library = backend or "pillow"
    resize = Resize(shortest_edge=int(edge), filter=str(interpolation), library=library)
    # Tensors are cast to floats for it, and back.
    around = (DataType("float32"), resize, DataType("uint8"))
    return Pipeline(
        (
            Orientation("ignored"),
            ColourMode("RGB"),
            *(around if library == "torch" else (resize,)),
            CentreCrop(int(crop), int(crop)),
            Rescale(),
            Normalise(*_VALUES.get(name, _IMAGENET)),
        )
    )


@cache
def _sizes() -> dict[str, tuple[int, int, str]]:
    """Return the edge, the crop and the interpolation of every preset."""
    text = files(__package__).joinpath("torchvision.toml").read_text(encoding="utf-8")
    return {
        name: (group["resize"], group["crop"], group["interpolation"])
        for group in tomllib.loads(text)["presets"]
        for name in group["names"]
    }
