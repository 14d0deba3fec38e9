"""Look up the bundled models and data sets by name or by digest.

`catalogue.toml` holds the facts; this module finds the files, also in an installed wheel.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from percept_adv_models.cards import AccuracyCard, DatasetCard, InputContractCard, ModelCard

Card = TypeVar("Card", ModelCard, DatasetCard)


class UnknownModelError(KeyError):
    """No bundled model or data set has this name; the message lists those there are."""

    def __init__(self, kind: str, name: str, known: list[str]) -> None:
        super().__init__(f"no bundled {kind} is called {name!r}: choose from {', '.join(known)}")

    def __str__(self) -> str:
        """Return the message itself: KeyError would show its repr."""
        return str(self.args[0])


def names() -> list[str]:
    """Names of the bundled models, in the catalogue's order."""
    return list(_models())


def describe(name: str) -> ModelCard:
    """Return the card of the model called ``name``.

    Raises
    ------
    UnknownModelError
        No bundled model has this name.
    """
    return _find("model", name, _models())


def path(name: str) -> Path:
    """Return the ``.onnx`` file of the model called ``name``.

    Raises
    ------
    UnknownModelError
        No bundled model has this name.
    """
    return _package_file(describe(name).file)


def class_names(name: str) -> list[str]:
    """Readable names of the classes of the model called ``name``, in the order of its logits.

    Raises
    ------
    UnknownModelError
        No bundled model has this name.
    """
    file = _package_file(describe(name).class_names_file)
    return file.read_text(encoding="utf-8").splitlines()


def find_by_sha256(digest: str) -> ModelCard | None:
    """Return the card of the model whose file has this SHA-256 (hexadecimal), or None."""
    return next((card for card in _models().values() if card.sha256 == digest.lower()), None)


def read_card(file: Path) -> ModelCard:
    """Read the card that a recipe wrote beside an exported model (the first one in ``file``)."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["models"]
    name, table = next(iter(tables.items()))
    return _model_card(name, table)


def dataset_names() -> list[str]:
    """Names of the bundled data sets, in the catalogue's order."""
    return list(_datasets())


def describe_dataset(name: str) -> DatasetCard:
    """Return the card of the data set called ``name``.

    Raises
    ------
    UnknownModelError
        No bundled data set has this name.
    """
    return _find("data set", name, _datasets())


def dataset_path(name: str) -> Path:
    """Return the folder of the data set called ``name``.

    It holds images and a ``labels.csv`` with the columns ``file`` and ``label``.

    Raises
    ------
    UnknownModelError
        No bundled data set has this name.
    """
    return _package_file(describe_dataset(name).folder)


def _find(kind: str, name: str, cards: Mapping[str, Card]) -> Card:
    """Return the card called ``name``, or an error that lists the names there are."""
    if name not in cards:
        raise UnknownModelError(kind, name, list(cards))
    return cards[name]


def _package_file(relative: str) -> Path:
    """Find a file or folder of this package; installed packages lie unpacked on the disk."""
    return Path(str(files(__package__).joinpath(*relative.split("/"))))


@cache
def _tables() -> dict[str, Any]:
    """Return the parsed catalogue."""
    return tomllib.loads(_package_file("catalogue.toml").read_text(encoding="utf-8"))


@cache
def _models() -> dict[str, ModelCard]:
    """Return the card of every model, by name."""
    return {name: _model_card(name, table) for name, table in _tables()["models"].items()}


@cache
def _datasets() -> dict[str, DatasetCard]:
    """Return the card of every data set, by name."""
    return {name: _dataset_card(name, table) for name, table in _tables()["datasets"].items()}


def _model_card(name: str, table: dict[str, Any]) -> ModelCard:
    """Make a card from its table in the catalogue."""
    contract = table["input"]
    return ModelCard(
        name=name,
        file=table["file"],
        description=table["description"],
        input=InputContractCard(
            **contract | {"mean": tuple(contract["mean"]), "std": tuple(contract["std"])}
        ),
        outputs=table["outputs"],
        class_count=table["classes"]["count"],
        class_names_file=table["classes"]["file"],
        opset=table["opset"],
        licence=table["licence"],
        source=table["source"],
        sha256=table["sha256"],
        accuracy=tuple(AccuracyCard(**measured) for measured in table["accuracy"]),
    )


def _dataset_card(name: str, table: dict[str, Any]) -> DatasetCard:
    """Make a card from its table in the catalogue."""
    return DatasetCard(
        name=name,
        folder=table["folder"],
        description=table["description"],
        images=table["images"],
        class_names_file=table["classes"],
        licence=table["licence"],
        source=table["source"],
    )
