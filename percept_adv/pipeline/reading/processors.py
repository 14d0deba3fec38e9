"""What Hugging Face's image processors do where their file says nothing (transformers 5.24)."""

from __future__ import annotations

from typing import Any

_STANDARD = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
_IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
_CLIP = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
_NEAREST, _LANCZOS, _BILINEAR, _BICUBIC = range(4)

_ALL: dict[str, Any] = {
    "do_resize": True,
    "do_center_crop": False,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "rescale_offset": False,
    "do_normalize": True,
    "include_top": False,
    "do_flip_channel_order": False,
    "do_pad": False,
    "pad_size": None,
    "crop_size": {"height": 224, "width": 224},
    "size": {"height": 224, "width": 224},
    "default_to_square": True,
}
_EDGE = {"size": {"shortest_edge": 224}, "default_to_square": False, "do_center_crop": True}

PROCESSORS: dict[str, dict[str, Any]] = {
    "ViT": {**_STANDARD, "resample": _BILINEAR},
    "Beit": {**_STANDARD, "resample": _BICUBIC},
    "DeiT": {
        **_STANDARD,
        "resample": _BICUBIC,
        "size": {"height": 256, "width": 256},
        "do_center_crop": True,
    },
    "Pvt": {**_IMAGENET, "resample": _BICUBIC},
    "Bit": {**_CLIP, **_EDGE, "resample": _BICUBIC},
    "CLIP": {**_CLIP, **_EDGE, "resample": _BICUBIC},
    "Siglip": {**_STANDARD, "resample": _BICUBIC, "default_to_square": False},
    "ConvNext": {
        **_STANDARD,
        "resample": _BICUBIC,
        "size": {"shortest_edge": 384},
        "default_to_square": False,
        "crop_pct": 224 / 256,
    },
    "Levit": {**_IMAGENET, **_EDGE, "resample": _BICUBIC},
    "MobileNetV1": {**_STANDARD, **_EDGE, "resample": _BILINEAR, "size": {"shortest_edge": 256}},
    "MobileNetV2": {**_STANDARD, **_EDGE, "resample": _BILINEAR, "size": {"shortest_edge": 256}},
    "MobileViT": {
        **_STANDARD,
        **_EDGE,
        "resample": _BICUBIC,
        "crop_size": {"height": 256, "width": 256},
        "do_normalize": False,
        "do_flip_channel_order": True,
    },
    "Blip": {**_CLIP, "resample": _BICUBIC, "size": {"height": 384, "width": 384}},
    "ChineseCLIP": {**_CLIP, **_EDGE, "resample": _BICUBIC},
    "Segformer": {**_IMAGENET, "resample": _BILINEAR, "size": {"height": 512, "width": 512}},
    "DINOv3ViT": {**_IMAGENET, "resample": _BILINEAR},
    "PoolFormer": {**_IMAGENET, **_EDGE, "resample": _BICUBIC, "crop_pct": 0.9},
    "EfficientNet": {
        **_STANDARD,
        "resample": _BICUBIC,
        "size": {"height": 346, "width": 346},
        "crop_size": {"height": 289, "width": 289},
        "include_top": True,
    },
}
"""The processors that are known, by the name in front of ``ImageProcessor``."""

FLOATS_RESIZED = ("DINOv3ViT",)
"""Those that rescale before they resize, by torch."""
SWITCHES = frozenset(name for name in _ALL if name.startswith(("do_", "rescale_offset", "include")))

MODEL_TYPES = {
    "beit": "Beit", "bit": "Bit", "blip": "Blip", "chinese_clip": "ChineseCLIP", "clip": "CLIP",
    "convnext": "ConvNext", "convnextv2": "ConvNext", "cvt": "ConvNext", "data2vec-vision": "Beit",
    "deit": "DeiT", "dinat": "ViT", "dinov2": "Bit", "dinov3_vit": "DINOv3ViT",
    "efficientnet": "EfficientNet", "focalnet": "Bit", "hiera": "Bit", "ijepa": "ViT",
    "levit": "Levit", "metaclip_2": "CLIP", "mobilenet_v1": "MobileNetV1",
    "mobilenet_v2": "MobileNetV2", "mobilevit": "MobileViT", "mobilevitv2": "MobileViT",
    "poolformer": "PoolFormer", "pvt": "Pvt", "pvt_v2": "Pvt", "regnet": "ConvNext",
    "resnet": "ConvNext", "segformer": "Segformer", "siglip": "Siglip", "swiftformer": "ViT",
    "swin": "ViT", "swinv2": "ViT", "vit": "ViT", "vit_mae": "ViT", "vit_msn": "ViT",
}  # fmt: skip
"""The processor of a model by the ``model_type`` of its ``config.json``."""


def defaults_of(name: str) -> dict[str, Any]:
    """Return all fields of a processor that is known."""
    return {**_ALL, **PROCESSORS[name]}
