"""Models and sample images that come with percept-adv, and the catalogue that describes them."""

from percept_adv_models.cards import AccuracyCard, DatasetCard, InputContractCard, ModelCard
from percept_adv_models.catalogue import (
    UnknownModelError,
    class_names,
    dataset_names,
    dataset_path,
    describe,
    describe_dataset,
    find_by_sha256,
    names,
    path,
    read_card,
)

__all__ = [
    "AccuracyCard",
    "DatasetCard",
    "InputContractCard",
    "ModelCard",
    "UnknownModelError",
    "class_names",
    "dataset_names",
    "dataset_path",
    "describe",
    "describe_dataset",
    "find_by_sha256",
    "names",
    "path",
    "read_card",
]
