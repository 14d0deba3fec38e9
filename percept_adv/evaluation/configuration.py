"""What a run computes: everything that its results depend on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from percept_adv.evaluation.dataset import Sample
from percept_adv.evaluation.variants import Variant

if TYPE_CHECKING:
    from percept_adv.classifier import Classifier
    from percept_adv.evaluation.dataset import Dataset

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The identity of a run, and the names that its tables show.

    Attributes
    ----------
    model, class_names
        For the tables only.
    model_sha256, pipeline, provider, batch_size
        The deployed model, how images enter it, and how it is run.
    version
        Of this package.
    samples, variants
        Every image is attacked with every variant.
    seed
        Of the random numbers of attacks that draw some.
    """

    model: str
    class_names: tuple[str, ...] | None
    model_sha256: str
    pipeline: list[dict[str, Any]]
    provider: str
    batch_size: int
    version: str
    samples: tuple[Sample, ...]
    variants: tuple[Variant, ...]
    seed: int = 0

    @classmethod
    def of(
        cls,
        classifier: Classifier,
        dataset: Dataset,
        variants: tuple[Variant, ...],
        *,
        batch_size: int,
        version: str,
        seed: int = 0,
    ) -> Configuration:
        """Describe the evaluation of a classifier on a data set."""
        names = classifier.class_names
        return cls(
            model=classifier.name,
            class_names=None if names is None else tuple(names),
            model_sha256=classifier.sha256,
            pipeline=classifier.pipeline.table(),
            provider=classifier.provider,
            batch_size=batch_size,
            version=version,
            samples=dataset.samples,
            variants=variants,
            seed=seed,
        )

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Configuration:
        """Read what `to_json` wrote."""
        values = json.loads(text)
        names = values["class_names"]
        values["class_names"] = None if names is None else tuple(names)
        values["samples"] = tuple(Sample(**sample) for sample in values["samples"])
        values["variants"] = tuple(Variant(**variant) for variant in values["variants"])
        return cls(**values)

    def key(self, sample: Sample, variant: Variant) -> str:
        """Return what identifies one outcome: image, class, model, attack, parameters, version.

        And the seed, where the attack draws random numbers.
        """
        identity = (
            sample.sha256,
            sample.label,
            self.model_sha256,
            self.pipeline,
            self.provider,
            self.batch_size,
            variant.attack,
            variant.canonical,
            self.version,
            *((self.seed,) if variant.rule().is_random else ()),
        )
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    def differences(self, other: Configuration) -> list[str]:
        """Say in what another configuration differs, one sentence each."""
        told = [
            f"{name} is {getattr(other, name)!r}, not {getattr(self, name)!r}"
            for name in ("model_sha256", "pipeline", "provider", "batch_size", "version", "seed")
            if getattr(self, name) != getattr(other, name)
        ]
        mine, theirs = [{str(variant) for variant in c.variants} for c in (self, other)]
        told += _sets("attacks", mine, theirs)
        mine, theirs = [
            {f"{s.file} (class {s.label}, sha256 {s.sha256[:8]})" for s in c.samples}
            for c in (self, other)
        ]
        told += _sets("images", mine, theirs)
        if not told and self.samples != other.samples:
            told.append("the images come in another order")
        return told


def _sets(what: str, mine: set[str], theirs: set[str]) -> list[str]:
    """Say what was added and what is gone."""
    return [
        f"{what} {verb}: {_some(sorted(names))}"
        for verb, names in (("added", theirs - mine), ("missing", mine - theirs))
        if names
    ]


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
