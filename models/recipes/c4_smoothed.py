"""Train C4 as the programs that the authors of Zhang et al. (2020) published do, and export it.

Smoothed labels, 0.9 for the class and 0.1/9 for the others; Adam at 0.001, six epochs of batches
of 128, Glorot's start. For `benchmarks/paper_digits.py`; the bundled network is that of ``c4.py``,
which says where the data folder comes from::

    python models/recipes/c4_smoothed.py DATA c4_smoothed.onnx
"""

import argparse
from pathlib import Path

import torch
from c4 import BATCH, accuracy, c4, digits
from export import export_onnx
from torch import nn
from torch.nn import functional

EPOCHS, RATE, SMOOTHING, CLASSES = 6, 1e-3, 0.1, 10


def start(network: nn.Module) -> None:
    """Give all layers Glorot's uniform weights, and no bias."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)


def smoothed(labels: torch.Tensor) -> torch.Tensor:
    """Return the targets (N, 10) of labels (N,)."""
    targets = torch.full((len(labels), CLASSES), SMOOTHING / (CLASSES - 1))
    targets[torch.arange(len(labels)), labels] = 1 - SMOOTHING
    return targets


def train(network: nn.Module, images: torch.Tensor, targets: torch.Tensor) -> None:
    """Adam at one rate."""
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(images))
        for begin in range(0, len(images) - BATCH + 1, BATCH):
            chosen = order[begin : begin + BATCH]
            loss = functional.cross_entropy(network(images[chosen]), targets[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1} of {EPOCHS}: last loss {loss.item():.4f}", flush=True)


def main() -> None:
    """Train, report accuracies on the test digits, and write the ONNX file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with the IDX files of MNIST")
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = c4()
    start(network)
    images, labels = digits(arguments.data, "train")
    train(network, images, smoothed(labels))
    network.eval()
    images, labels = digits(arguments.data, "t10k")
    print(f"accuracy on the test digits {accuracy(network, images, labels):.4f}")
    print(f"the same after FGSM 0.3 {accuracy(network, images, labels, 0.3):.4f}")
    export_onnx(network, images[:3], arguments.output)


if __name__ == "__main__":
    main()
