"""The methods: attributions of a class score to the samples or pixels of an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from percept_adv.errors import ModelError, ParameterError
from percept_adv.images import resize_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier

Method = Literal["saliency", "smoothgrad", "integrated_gradients", "grad_cam"]
METHODS: tuple[Method, ...] = get_args(Method)

_BATCH = 16
"""Images in one run of a gradient graph."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a score depends on.

    Attributes
    ----------
    classes
        The class whose score is explained, (N,).
    scores
        That score, (N,).
    attributions
        What the method gives, (N, H, W, C) for each sample or (N, H, W) for each pixel.
    maps
        One number of at least 0 for each pixel, (N, H, W): the largest size among its channels.
    """

    classes: NDArray[np.int64]
    scores: NDArray[np.float32]
    attributions: NDArray[np.float32]

    @property
    def maps(self) -> NDArray[np.float32]:
        """Sizes of the attributions, for each pixel the largest of its channels."""
        sizes = np.abs(self.attributions)
        return sizes if sizes.ndim == 3 else sizes.max(axis=3)


def explain(
    method: Method,
    classifier: Classifier,
    images: NDArray[np.floating],
    classes: NDArray[np.integer] | None = None,
    *,
    layer: str | None = None,
    samples: int = 25,
    noise: float = 0.15,
    steps: int = 50,
    seed: int = 0,
) -> Explanation:
    """Explain scores by a method that is chosen by name; see the functions for parameters.

    Parameters
    ----------
    method : {"saliency", "smoothgrad", "integrated_gradients", "grad_cam"}
    classifier
        What gives the scores: logits, or log-odds of probabilities.
    images
        (N, H, W, C) in [0, 1] at the network's size.
    classes
        (N,), by default those that the classifier predicts.
    layer
        For ``grad_cam``.
    samples
        For ``smoothgrad``.
    noise
        For ``smoothgrad``.
    steps
        For ``integrated_gradients``.
    seed
        For ``smoothgrad``.

    Returns
    -------
    Explanation
        Classes, their scores, and what these depend on.

    Raises
    ------
    ParameterError
        If there is no such method or class.
    ModelError
        If the model has no feature map for ``grad_cam``.

    Examples
    --------
    >>> from percept_adv.explanation import explain
    >>> explain("saliency", classifier, images).maps.shape
    (1, 28, 28)
    """
    batch = classifier.checked_images(images)
    scores = classifier.logits(batch)
    chosen = scores.argmax(axis=1) if classes is None else np.asarray(classes, np.int64)
    _check_classes(classifier, chosen, len(batch))
    makers: dict[str, Callable[[], NDArray[np.float32]]] = {
        "saliency": lambda: saliency(classifier, batch, chosen),
        "smoothgrad": lambda: smoothgrad(
            classifier, batch, chosen, samples=samples, noise=noise, seed=seed
        ),
        "integrated_gradients": lambda: integrated_gradients(
            classifier, batch, chosen, steps=steps
        ),
        "grad_cam": lambda: grad_cam(classifier, batch, chosen, layer=layer),
    }
    if method not in makers:
        raise ParameterError(f"there is no method {method!r}: use one of {', '.join(METHODS)}")
    own = np.take_along_axis(scores, chosen[:, None], axis=1)[:, 0]
    return Explanation(chosen, own, makers[method]())


def saliency(
    classifier: Classifier, images: NDArray[np.float32], classes: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the size of the gradient of a class score for each sample, (N, H, W, C).

    Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013.

    Parameters
    ----------
    classifier
        As for `explain`.
    images
        As for `explain`.
    classes
        As for `explain`.

    Returns
    -------
    ndarray of float32
        (N, H, W, C), at least 0.

    Raises
    ------
    ParameterError
        If the classes are not one of the model's for each image.
    ShapeError
        If the images do not have the network's size.
    ModelError
        If the model cannot be differentiated.

    Examples
    --------
    >>> from percept_adv.explanation import saliency
    >>> saliency(classifier, images, labels).shape
    (1, 28, 28, 1)
    """
    _check_classes(classifier, classes, len(images))
    return np.abs(_gradient(classifier, images, classes))


def smoothgrad(
    classifier: Classifier,
    images: NDArray[np.float32],
    classes: NDArray[np.int64],
    *,
    samples: int = 25,
    noise: float = 0.15,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Return the mean gradient over noisy copies of an image, (N, H, W, C), signed.

    Smilkov et al., "SmoothGrad: removing noise by adding noise", 2017. What the noise takes
    out of [0, 1] is cut off, as no image has such values.

    Parameters
    ----------
    classifier
        As for `explain`.
    images
        As for `explain`.
    classes
        As for `explain`.
    samples
        Noisy copies of each image.
    noise
        Standard deviation of the noise on [0, 1].
    seed
        Of the noise; each image has its own.

    Returns
    -------
    ndarray of float32
        (N, H, W, C).

    Raises
    ------
    ParameterError
        If ``samples`` is below 1 or ``noise`` negative, or as `saliency`.
    ShapeError, ModelError
        As `saliency`.

    Examples
    --------
    >>> from percept_adv.explanation import smoothgrad
    >>> smoothgrad(classifier, images, labels, samples=4).shape
    (1, 28, 28, 1)
    """
    check_count("samples", samples)
    check_noise(noise)
    _check_classes(classifier, classes, len(images))
    found = []
    for number, (image, chosen) in enumerate(zip(images, classes, strict=True)):
        random = np.random.default_rng([seed, number])
        total = np.zeros(image.shape, np.float64)
        for start in range(0, samples, _BATCH):
            count = min(_BATCH, samples - start)
            draws = noise * random.standard_normal((count, *image.shape))
            noisy = np.clip(image + draws, 0, 1).astype(np.float32)
            total += _gradient(classifier, noisy, np.full(count, chosen)).sum(axis=0, dtype=float)
        found.append(total / samples)
    return np.asarray(found, np.float32).reshape(images.shape)


def integrated_gradients(
    classifier: Classifier,
    images: NDArray[np.float32],
    classes: NDArray[np.int64],
    *,
    steps: int = 50,
) -> NDArray[np.float32]:
    """Return each sample's share of the score's rise from a black image, (N, H, W, C), signed.

    Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks", ICML 2017, eq. 3, by
    the midpoint rule: the shares sum up to the difference of the two scores, as far as the
    steps are fine enough.

    Parameters
    ----------
    classifier
        As for `explain`.
    images
        As for `explain`.
    classes
        As for `explain`.
    steps
        Gradients between a black image and each image.

    Returns
    -------
    ndarray of float32
        (N, H, W, C).

    Raises
    ------
    ParameterError
        If ``steps`` is below 1, or as `saliency`.
    ShapeError, ModelError
        As `saliency`.

    Examples
    --------
    >>> from percept_adv.explanation import integrated_gradients
    >>> integrated_gradients(classifier, images, labels, steps=8).shape
    (1, 28, 28, 1)
    """
    check_count("steps", steps)
    _check_classes(classifier, classes, len(images))
    found = []
    for image, chosen in zip(images, classes, strict=True):
        total = np.zeros(image.shape, np.float64)
        for start in range(0, steps, _BATCH):
            shares = (np.arange(start, min(start + _BATCH, steps)) + 0.5) / steps
            between = (shares[:, None, None, None] * image).astype(np.float32)
            own = np.full(len(shares), chosen)
            total += _gradient(classifier, between, own).sum(axis=0, dtype=float)
        found.append(image * total / steps)
    return np.asarray(found, np.float32).reshape(images.shape)


def grad_cam(
    classifier: Classifier,
    images: NDArray[np.float32],
    classes: NDArray[np.int64],
    *,
    layer: str | None = None,
) -> NDArray[np.float32]:
    """Return where a feature map speaks for a class, (N, H, W), at least 0.

    Selvaraju et al., "Grad-CAM", ICCV 2017, eq. 1 and 2, bilinearly resized to the image.

    Parameters
    ----------
    classifier
        As for `explain`.
    images
        As for `explain`.
    classes
        As for `explain`.
    layer
        Name of a tensor (N, C, h, w) in the model; by default the last one with pixels.

    Returns
    -------
    ndarray of float32
        (N, H, W), at least 0.

    Raises
    ------
    ParameterError
        If the classes are not one of the model's for each image.
    ModelError
        If the model has no such tensor.

    Examples
    --------
    >>> from percept_adv.explanation import grad_cam
    >>> grad_cam(classifier, images, labels).shape
    (1, 28, 28)
    """
    _check_classes(classifier, classes, len(images))
    name = layer or last_feature_map(classifier)
    cotangent = _one_hot(classifier, classes)
    maps, gradients = classifier.differentiated.at_tensor(name, images, cotangent)
    if maps.ndim != 4:
        raise ModelError(
            f"the tensor {name!r} has the shape {maps.shape}: Grad-CAM takes a feature map (N, C, "
            "h, w); choose another layer"
        )
    weights = gradients.mean(axis=(2, 3), keepdims=True)
    cams = np.maximum((weights * maps).sum(axis=1), 0)
    height, width = images.shape[1:3]
    resized = [np.maximum(resize_to(cam, height, width), 0) for cam in cams]
    return np.asarray(resized, np.float32).reshape(len(images), height, width)


def last_feature_map(classifier: Classifier) -> str:
    """Return the name of the last tensor with pixels.

    Raises
    ------
    ModelError
        If there is none.
    """
    names = classifier.differentiated.feature_maps()
    if not names:
        raise ModelError(
            f"{classifier.name}: has no feature map (N, C, h, w) between image and scores; choose "
            "another method than grad_cam"
        )
    return names[-1]


def _gradient(
    classifier: Classifier, images: NDArray[np.float32], classes: NDArray[np.int64]
) -> NDArray[np.float32]:
    return classifier.gradient(images, _one_hot(classifier, classes))


def _one_hot(classifier: Classifier, classes: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.eye(classifier.class_count, dtype=np.float32)[classes]


def _check_classes(classifier: Classifier, classes: NDArray[np.integer], count: int) -> None:
    """Refuse what is not one class of the model for each image."""
    if classes.shape != (count,) or (count and not classes.min() >= 0):
        raise ParameterError(f"give one class for each of {count} images, counted from 0")
    if count and classes.max() >= classifier.class_count:
        raise ParameterError(
            f"class {classes.max()}: {classifier.name} has {classifier.class_count} classes, "
            "counted from 0"
        )


def check_count(name: str, value: int) -> None:
    """Refuse less than one of something."""
    if value < 1:
        raise ParameterError(f"{name} is {value}: give a whole number of at least 1")


def check_noise(noise: float) -> None:
    """Refuse a standard deviation that is none."""
    if not (np.isfinite(noise) and noise >= 0):
        raise ParameterError(f"noise is {noise}: give a number of at least 0")
