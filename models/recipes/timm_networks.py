"""Export the paper's ImageNet networks from timm to ONNX, each with its input contract.

Needs timm, torch and a torchvision that matches it; the weights are downloaded by timm::

    python models/recipes/timm_networks.py inception_v3.tf_in1k OUT_FOLDER

Zhang et al. (2020) attack InceptionV3 and ResNetV2-50, and InceptionV3 trained adversarially. Their
successors in timm are `NETWORKS`. Beside ``NAME.onnx`` stands ``NAME.toml``: one table in the form
of ``catalogue.toml``.
"""

import argparse
import hashlib
from pathlib import Path
from typing import Any

import timm
import torch
from export import OPSET, check_against_torch, export_onnx

NETWORKS = ("inception_v3.tf_in1k", "inception_v3.tf_adv_in1k", "resnetv2_50.a1h_in1k")

CARD = """\
[models."{name}"]
file = "{file}"
description = "{name} of timm {version}"
outputs = "logits"
opset = {opset}
licence = "{licence}"
source = "timm {version}, exported by recipes/timm_networks.py"
sha256 = "{sha256}"
accuracy = []

[models."{name}".input]
layout = "NCHW"
channel_order = "RGB"
height = {height}
width = {width}
resize = "centre_square_bicubic"
mean = {mean}
std = {std}

[models."{name}".classes]
count = 1000
file = "data/imagenet_classes.txt"
"""


def write_card(name: str, settings: dict[str, Any], path: Path) -> None:
    """Write the description of the exported file ``path`` beside it, from timm's settings."""
    _, height, width = settings["input_size"]
    card = CARD.format(
        name=name,
        file=path.name,
        version=timm.__version__,
        opset=OPSET,
        licence=settings.get("license", "see timm's model card"),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        height=height,
        width=width,
        mean=list(settings["mean"]),
        std=list(settings["std"]),
    )
    path.with_name(f"{name}.toml").write_text(card, encoding="utf-8")


def main() -> None:
    """Export one network, compare it with PyTorch's, and write its card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=NETWORKS)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--random-weights", action="store_true", help="do without the download, to try the export"
    )
    arguments = parser.parse_args()

    torch.manual_seed(0)
    network = timm.create_model(arguments.name, pretrained=not arguments.random_weights).eval()
    images = torch.rand(2, *network.pretrained_cfg["input_size"]) * 2 - 1
    arguments.folder.mkdir(parents=True, exist_ok=True)
    path = arguments.folder / f"{arguments.name}.onnx"
    export_onnx(network, images, path)
    write_card(arguments.name, network.pretrained_cfg, path)
    difference = check_against_torch(network, images, path)
    print(f"{path}: relative difference of the logits from PyTorch's {difference:.1e}")


if __name__ == "__main__":
    main()
