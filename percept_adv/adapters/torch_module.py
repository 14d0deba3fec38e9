"""A deployed ONNX classifier as a PyTorch module that can be differentiated by its input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import ParameterError

if TYPE_CHECKING:
    from percept_adv.classifier import Classifier


def as_torch(classifier: Classifier) -> Any:
    """Return a ``torch.nn.Module`` that runs a deployed model, forward and backward.

    Forward runs the deployed session, backward the gradient graph: no operator is translated
    to PyTorch. So foolbox, adv-lib, torchattacks, AutoAttack and others attack the model as it
    is. There is one pass of the deployed model for each forward, and one of the gradient graph
    for each backward; second derivatives do not exist.

    Parameters
    ----------
    classifier
        Its images are at the network's size, or at a file's (`Classifier.at_file`).

    Returns
    -------
    torch.nn.Module
        From images (N, C, H, W), floats in [0, 1], to scores (N, K): logits, or log-odds of
        probabilities. On the device and in the type of its input. Values outside [0, 1], as
        some attacks try on their way, are clamped; their gradient is that at the border.

    Raises
    ------
    ParameterError
        If PyTorch is not installed.

    Examples
    --------
    >>> from percept_adv import Classifier
    >>> model = as_torch(Classifier("efficientnet-lite0"))  # doctest: +SKIP
    >>> model(torch.rand(2, 3, 224, 224)).shape  # doctest: +SKIP
    torch.Size([2, 1000])
    """
    try:
        import torch  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise ParameterError("as_torch needs PyTorch: pip install 'percept-adv[torch]'") from error

    def array_of(images: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
        moved = images.detach().clamp(0, 1).permute(0, 2, 3, 1)
        array: np.ndarray[Any, np.dtype[np.float32]] = np.ascontiguousarray(
            moved.cpu().numpy().astype(np.float32)
        )
        return array

    class Deployed(torch.autograd.Function):  # type: ignore[misc]
        """The deployed model, and its gradient graph backwards."""

        @staticmethod
        def forward(context: Any, images: Any) -> Any:
            context.save_for_backward(images)
            scores = classifier.logits(array_of(images))
            return torch.from_numpy(scores).to(images.device, images.dtype)

        @staticmethod
        def backward(context: Any, cotangent: Any) -> Any:
            (images,) = context.saved_tensors
            vectors = cotangent.detach().cpu().numpy().astype(np.float32)
            gradient = classifier.gradient(array_of(images), vectors)
            moved = torch.from_numpy(np.ascontiguousarray(np.moveaxis(gradient, 3, 1)))
            return moved.to(images.device, images.dtype)

    class Module(torch.nn.Module):  # type: ignore[misc]
        """A deployed classifier; it has no parameters to train."""

        def forward(self, images: Any) -> Any:
            return Deployed.apply(images)

    return Module().eval()
