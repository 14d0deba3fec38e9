"""What the catalogue says of one model or one data set, as frozen records."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class InputContractCard:
    """How an image becomes the input of a model.

    An image in [0, 1] of the right size enters the model as ``(image - mean) / std``.

    Attributes
    ----------
    layout
        Order of the axes; N is the batch, and of any size.
    channel_order
        Order of the channels; "grey" means one channel.
    height, width
        Size of the input in pixels.
    resize
        What to do with an image of another size: cut out the centre square and resize it with
        bicubic interpolation (antialiased, as Pillow does), or "none": refuse it.
    mean, std
        One value for each channel, on the scale of [0, 1].
    """

    layout: Literal["NCHW", "NHWC"]
    channel_order: Literal["RGB", "BGR", "grey"]
    height: int
    width: int
    resize: Literal["centre_square_bicubic", "none"]
    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AccuracyCard:
    """A measured top-1 accuracy in [0, 1], of how many images, and on what."""

    top1: float
    images: int
    measured_on: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One bundled model.

    ``file`` and ``class_names_file`` are relative to the package; ``sha256`` is the digest of
    ``file``; ``outputs`` says what the model's single output holds.
    """

    name: str
    file: str
    description: str
    input: InputContractCard
    outputs: Literal["logits", "probabilities"]
    class_count: int
    class_names_file: str
    opset: int
    licence: str
    source: str
    sha256: str
    accuracy: tuple[AccuracyCard, ...]


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """One bundled folder of images with a ``labels.csv`` (``file,label``)."""

    name: str
    folder: str
    description: str
    images: int
    class_names_file: str
    licence: str
    source: str
