"""What an attack attacks: a deployed model, as far as attacks need to know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from percept_adv.classifier import Blocks, Evaluation
    from percept_adv.classifier.verification import Loss
    from percept_adv.decisions import Decision


class Target(Protocol):
    """A deployed model that takes images of one size.

    `percept_adv.Classifier` is one, for images at the network's size, and
    `percept_adv.Classifier.at_file` makes one for images of a file's size.
    """

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def image_shape(self) -> tuple[int | None, int | None, int]:
        """Height and width of the images, None where any will do, and channels."""

    @property
    def decision(self) -> Decision:
        """What counts as an answer."""

    @property
    def class_count(self) -> int:
        """Number of scores that the decision is taken on."""

    @property
    def blocks(self) -> Blocks | None:
        """The blocks of pixels in which a large file is attacked; None where images are small."""

    @property
    def seen(self) -> NDArray[np.bool_] | None:
        """Where an image (H, W) has any influence; None if everywhere."""

    def in_blocks(
        self, image: NDArray[np.float32], means: NDArray[np.float32], blocks: Blocks
    ) -> Target:
        """Return the target for what blocks make of one file (H, W, C), whose means are given."""

    def checked_images(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """Return images as (N, H, W, C) float32 in [0, 1]."""

    def logits(self, images: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the deployed model's scores (N, K) of images (N, H, W, C) in [0, 1]."""

    def evaluate(
        self,
        images: NDArray[np.floating],
        labels: NDArray[np.integer],
        *,
        loss: Loss,
        scale: NDArray[np.floating] | None = None,
    ) -> Evaluation:
        """Return scores, losses (of scores times ``scale`` (N,)) and gradients by the images."""

    def gradient(
        self, images: NDArray[np.floating], cotangent: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return the product of a cotangent (N, K) and the scores' Jacobian, (N, H, W, C)."""

    def checked_labels(self, labels: Any, count: int) -> NDArray[np.int64]:
        """Return labels as the decision takes them."""
