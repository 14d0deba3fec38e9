"""What scores are usual: those of clean images, and how far out another image lies among them."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from importlib.metadata import version
from math import isfinite
from typing import TYPE_CHECKING, Any

from percept_adv.classifier import Classifier
from percept_adv.detection.scores import SCORES, score_file
from percept_adv.errors import InputError, ParameterError, PerceptAdvError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from percept_adv.classifier import Model
    from percept_adv.runtime import Provider

FEWEST = 50
"""With fewer clean images the smallest quantiles say little."""

_FORMAT = "percept-adv calibration 1"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The scores of clean images by one model.

    Attributes
    ----------
    model
        What tells the model and its input contract from others; see `identity_of`.
    values
        For each score the sorted values of all images.
    """

    model: dict[str, Any]
    values: dict[str, list[float]]

    @classmethod
    def of(
        cls,
        classifier: Classifier,
        paths: Iterable[Path],
        *,
        failed: Callable[[Path, PerceptAdvError], None],
        done: Callable[[], None] = lambda: None,
        score: Callable[[Path], dict[str, float]] | None = None,
    ) -> Calibration:
        """Score clean images.

        Parameters
        ----------
        classifier
            The model.
        paths
            Files that were not attacked.
        failed
            Called for each file that cannot be used, which is left out.
        done
            Called after each file.
        score
            Returns the scores of a file; `score_file` by default.

        Raises
        ------
        InputError
            If none can be used.
        """
        values: dict[str, list[float]] = {name: [] for name in SCORES}
        for path in paths:
            try:
                scores = score_file(classifier, path) if score is None else score(path)
            except PerceptAdvError as error:
                failed(path, error)
            else:
                for name, value in scores.items():
                    values[name].append(value)
            done()
        if not any(values.values()):
            raise InputError(
                "none of the clean images can be used: there is nothing to compare with"
            )
        return cls(identity_of(classifier), {name: sorted(own) for name, own in values.items()})

    @property
    def count(self) -> int:
        """Number of clean images."""
        return min(len(own) for own in self.values.values())

    @property
    def note(self) -> str | None:
        """What has to be said of too few clean images."""
        if self.count >= FEWEST:
            return None
        return (
            f"calibrated on {self.count} clean images: no quantile can be below "
            f"{1 / (self.count + 1):.3f}; give {FEWEST} or more"
        )

    def quantiles(self, scores: Mapping[str, float]) -> dict[str, float]:
        """Return for each score the share of clean images that are as unusual, or more.

        The image itself counts as one of them: ``(1 + as unusual) / (1 + clean images)``, a
        conformal p-value. Of images like the clean ones a share q lies at or below q.

        Parameters
        ----------
        scores
            As `score_file` returns them.

        Returns
        -------
        dict
            A share in (0, 1] for each score; small ones are unusual.
        """
        return {
            name: self._quantile(name, value)
            for name, value in scores.items()
            if name in self.values
        }

    def _quantile(self, name: str, value: float) -> float:
        clean = self.values[name]
        if SCORES[name].unusual == "low":
            as_unusual = bisect_right(clean, value)
        else:
            as_unusual = len(clean) - bisect_left(clean, value)
        return (1 + as_unusual) / (1 + len(clean))

    def open_model(self, model: Model, *, provider: Provider = "auto") -> Classifier:
        """Open a model as it was when the clean images were scored: the same contract, decision.

        Parameters
        ----------
        model
            As for `Classifier`.
        provider
            As for `Classifier`.

        Returns
        -------
        Classifier
            The model that these scores are of.

        Raises
        ------
        ParameterError
            If it is another model.
        ModelError, ProviderError
            As for `Classifier`.
        """
        steps = self.model.get("pipeline")
        classifier = Classifier(
            model,
            preprocessing=None if steps is None else {"steps": steps},
            provider=provider,
            at=self.model.get("at"),
            decision=self.model.get("decision"),
            input_name=self.model.get("input_name"),
            output_name=self.model.get("output_name"),
        )
        self.check_model(classifier)
        return classifier

    def check_model(self, classifier: Classifier) -> None:
        """Refuse a model that these scores are not of.

        Parameters
        ----------
        classifier
            The one whose images are to be judged.

        Raises
        ------
        ParameterError
            With what differs.
        """
        own = identity_of(classifier)
        differing = [
            f"{name} is {own[name]} and was {self.model.get(name)}"
            for name in own
            if name != "name" and own[name] != self.model.get(name)
        ]
        if differing:
            raise ParameterError(
                f"the calibration is of another model or contract: {'; '.join(differing)}; run "
                "percept-adv calibrate with this model"
            )

    def to_json(self) -> str:
        """Return the file's text."""
        content = {
            "format": _FORMAT,
            "percept_adv": version("percept-adv"),
            "model": self.model,
            "images": self.count,
            "values": self.values,
        }
        return json.dumps(content, indent=1, allow_nan=False)

    @classmethod
    def read(cls, path: Path) -> Calibration:
        """Read a file that `to_json` made.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        Calibration
            The scores of clean images.

        Raises
        ------
        InputError
            If it is none, or damaged.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(dict(content["model"]), _known_values(content))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path} is no calibration of this version ({error}): make one with "
                "percept-adv calibrate"
            ) from error


def _known_values(content: dict[str, Any]) -> dict[str, list[float]]:
    """Return the values of a file; ValueError for another format, or none."""
    if content["format"] != _FORMAT:
        raise ValueError(f"its format is {content['format']!r}")
    values = {
        str(name): sorted(float(value) for value in own)
        for name, own in content["values"].items()
        if name in SCORES
    }
    if not values or not all(own and all(map(isfinite, own)) for own in values.values()):
        raise ValueError("it holds no scores")
    return values


def identity_of(classifier: Classifier) -> dict[str, Any]:
    """Return what decides scores: the model's file, contract, place and decision.

    Parameters
    ----------
    classifier
        The model that scores are of.

    Returns
    -------
    dict
        As JSON can hold it.

    Examples
    --------
    >>> from percept_adv.detection import identity_of
    >>> sorted(identity_of(classifier))
    ['at', 'decision', 'input_name', 'name', 'output_name', 'pipeline', 'sha256']
    """
    identity = {
        "name": classifier.name,
        "sha256": classifier.sha256,
        **classifier.contract_record,
    }
    # As it is after a file: tuples become lists.
    plain: dict[str, Any] = json.loads(json.dumps(identity))
    return plain
