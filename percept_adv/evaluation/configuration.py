"""What a run computes: everything that its results depend on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from itertools import chain, count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from percept_adv.errors import RunError
from percept_adv.evaluation.dataset import Sample
from percept_adv.evaluation.variants import Variant
from percept_adv.storing import PNG, StoreChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from percept_adv.attacks import Engine
    from percept_adv.classifier import Classifier
    from percept_adv.evaluation.dataset import Dataset

_SHOWN = 3
_SHARED = (
    "model_sha256", "store", "through", "provider", "batch_size", "version", "seed", "engine",
)  # fmt: skip
"""What all outcomes of a run share, besides the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The identity of a run, and the names that its tables show.

    Attributes
    ----------
    model, class_names
        For the tables only.
    model_sha256, contract, provider, batch_size
        The deployed model, what decides its answer besides (see `Classifier.contract_record`), and
        how it is run.
    store
        What results are stored as.
    through
        Names of the transformations that results have to survive.
    version
        Of this package.
    samples, variants
        Every image is attacked with every variant.
    seed
        Of the random numbers of attacks that draw some.
    engine
        That was asked for.
    """

    model: str
    class_names: tuple[str, ...] | None
    model_sha256: str
    contract: dict[str, Any]
    provider: str
    batch_size: int
    version: str
    samples: tuple[Sample, ...]
    variants: tuple[Variant, ...]
    store: StoreChoice = PNG
    through: tuple[str, ...] = ()
    seed: int = 0
    engine: Engine = "auto"

    @classmethod
    def of(
        cls,
        classifier: Classifier,
        dataset: Dataset,
        variants: tuple[Variant, ...],
        *,
        batch_size: int,
        version: str,
        store: StoreChoice = PNG,
        through: tuple[str, ...] = (),
        seed: int = 0,
        engine: Engine = "auto",
    ) -> Configuration:
        """Describe the evaluation of a classifier on a data set.

        Parameters
        ----------
        classifier
            The deployed model.
        dataset
            What is attacked.
        variants
            The attacks.
        batch_size
            How many images are attacked together.
        version
            Of this package.
        store
            What results are stored as.
        through
            Transformations that results have to survive.
        seed
            Of the attacks' random numbers.
        engine
            That was asked for.

        Returns
        -------
        Configuration
            The identity of the run.
        """
        names = classifier.class_names
        return cls(
            model=classifier.name,
            class_names=None if names is None else tuple(names),
            model_sha256=classifier.sha256,
            contract=json.loads(json.dumps(classifier.contract_record)),
            provider=classifier.provider,
            batch_size=batch_size,
            version=version,
            samples=dataset.samples,
            variants=variants,
            store=store,
            through=through,
            seed=seed,
            engine=engine,
        )

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Configuration:
        """Read what `to_json` wrote.

        Parameters
        ----------
        text
            As `to_json` wrote it.

        Returns
        -------
        Configuration
            The same one.
        """
        values = json.loads(text)
        names = values["class_names"]
        values["class_names"] = None if names is None else tuple(names)
        values["samples"] = tuple(_sample(**sample) for sample in values["samples"])
        values["variants"] = tuple(Variant(**variant) for variant in values["variants"])
        values["store"] = StoreChoice(**values["store"])
        values["through"] = tuple(values["through"])
        return cls(**values)

    def key(self, sample: Sample, variant: Variant) -> str:
        """Return what identifies one outcome: image, class, model, attack, parameters, version.

        And the engine, and the seed where the attack draws random numbers.

        Parameters
        ----------
        sample
            The image.
        variant
            The attack.

        Returns
        -------
        str
            A digest in hexadecimal digits.
        """
        identity = (
            sample.sha256,
            sample.label,
            self.model_sha256,
            self.contract,
            asdict(self.store),
            self.through,
            self.provider,
            self.batch_size,
            variant.attack,
            variant.canonical,
            self.version,
            *((self.seed,) if variant.rule().is_random else ()),
            self.engine,
        )
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    def outcomes(self, variant: Variant) -> list[tuple[Sample, str]]:
        """Return each image with the key of its outcome.

        Parameters
        ----------
        variant
            The attack.

        Returns
        -------
        list of (Sample, str)
            Images with keys.
        """
        return [(sample, self.key(sample, variant)) for sample in self.samples]

    def grown(self, other: Configuration) -> Configuration:
        """Return this configuration with the images and attacks of another added.

        Parameters
        ----------
        other
            Of the same model.

        Returns
        -------
        Configuration
            Of both.

        Raises
        ------
        RunError
            If they contradict each other; the message has the differences.
        """
        told = self._contradictions(other)
        if told:
            raise RunError("; ".join(told))
        files = {sample.file for sample in self.samples}
        names = {str(variant) for variant in self.variants}
        return replace(
            self,
            samples=(*self.samples, *(s for s in other.samples if s.file not in files)),
            variants=(*self.variants, *(v for v in other.variants if str(v) not in names)),
            class_names=self.class_names or other.class_names,
        )

    @property
    def _shared(self) -> dict[str, Any]:
        return {**{name: getattr(self, name) for name in _SHARED}, **self.contract}

    def _contradictions(self, other: Configuration) -> list[str]:
        """Say in what two configurations cannot both hold, one sentence each."""
        mine, theirs = self._shared, other._shared
        told = [
            f"{name} is {theirs.get(name)!r}, not {mine.get(name)!r}"
            for name in {**mine, **theirs}
            if mine.get(name) != theirs.get(name)
        ]
        own = {sample.file: sample for sample in self.samples}
        changed = [
            f"{sample.file} has {_change(own[sample.file], sample)}"
            for sample in other.samples
            if own.get(sample.file, sample) != sample
        ]
        told += changed[:_SHOWN]
        if len(changed) > _SHOWN:
            told.append(f"and {len(changed) - _SHOWN} more images have changed")
        return told + list(_other_parameters(self.variants, other.variants))

    def picture_names(self) -> dict[str, str]:
        """Return the name of each image's pictures, by its file: a path without extension.

        Names follow from the order of the images, to which others are only ever added.
        """
        names: dict[str, str] = {}
        taken: set[str] = set()
        for sample in self.samples:
            path = PurePosixPath(sample.file)
            parts = [part for part in path.parts if part not in ("..", path.anchor)]
            stem = PurePosixPath(*parts).with_suffix("").as_posix()
            choices = chain((stem, f"{stem}_{path.suffix[1:]}"), (f"{stem}_{i}" for i in count(2)))
            name = next(choice for choice in choices if choice.casefold() not in taken)
            taken.add(name.casefold())
            names[sample.file] = name
        return names


def _sample(file: str, label: int | list[int], sha256: str) -> Sample:
    """Return a sample from JSON, which has lists for the labels of several classes."""
    return Sample(file, label if isinstance(label, int) else tuple(label), sha256)


def _change(mine: Sample, theirs: Sample) -> str:
    if mine.label != theirs.label:
        return f"the class {theirs.label}, not {mine.label}"
    return f"the SHA-256 {theirs.sha256[:8]}..., not {mine.sha256[:8]}..."


def _other_parameters(mine: tuple[Variant, ...], theirs: tuple[Variant, ...]) -> Iterator[str]:
    """Say which attacks are to run with other parameters than their eps."""
    fixed = {variant.attack: variant.fixed for variant in mine}
    for variant in {variant.attack: variant for variant in theirs}.values():
        own = fixed.get(variant.attack, variant.fixed)
        if own != variant.fixed:
            yield f"{variant.attack} has {_shown(variant.fixed)}, not {_shown(own)}"


def _shown(parameters: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(parameters.items())) or "defaults"
