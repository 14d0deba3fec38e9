"""Scores with a model at hand, for the commands that show images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.inputs import find_inputs
from percept_adv_cli.shared.messages import print_failure, print_note
from percept_adv_cli.shared.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from percept_adv.classifier import Classifier
    from percept_adv.detection import Calibration
    from percept_adv.errors import PerceptAdvError
    from percept_adv.report import Quantiles

_Command = TypeVar("_Command", bound="Callable[..., Any]")

SMALLEST = "smallest_quantile"
_MEANING = (
    "A quantile is the share of the {count} clean images that look at least as unusual as this "
    "one. One clean image in twenty has a quantile of 0.05 or less, and with eight scores one of "
    "them is small far more often. Hard photographs look like attacked ones, and an attack that "
    "keeps a margin looks clean."
)


def detection_options(function: _Command) -> _Command:
    """Add ``--model`` and ``--calibration``; see `open_scoring`."""
    function = click.option(
        "--calibration",
        type=click.Path(exists=True, path_type=Path),
        metavar="FILE|CLEAN",
        help="Clean images to compare scores with: a file written by calibrate, which also says "
        "how images enter the model, or a folder of clean images, if the model needs no "
        "--contract or the like: calibrate takes these options.",
    )(function)
    return click.option(
        "--model",
        metavar="MODEL",
        shell_complete=complete_model,
        help="Score each image with this model; needs --calibration. The scores are no verdict.",
    )(function)


@dataclass(frozen=True)
class Scoring:
    """A model and what it says of clean images."""

    classifier: Classifier
    calibration: Calibration

    def describe(self, path: Path) -> dict[str, Any]:
        """Return the scores of an image, their quantiles among clean ones, and the smallest.

        Raises
        ------
        PerceptAdvError
            If the model cannot take the image.
        """
        from percept_adv.detection import score_file

        scores = score_file(self.classifier, path)
        quantiles = self.calibration.quantiles(scores)
        return {"scores": scores, "quantiles": quantiles, SMALLEST: min(quantiles.values())}

    def statistics(self, path: Path) -> dict[str, float]:
        """Return the quantiles by name, for a list that can be sorted by them."""
        described = self.describe(path)
        quantiles = {f"q_{name}": value for name, value in described["quantiles"].items()}
        return {SMALLEST: described[SMALLEST], **quantiles}

    @property
    def shown(self) -> Quantiles:
        """What a page says of `statistics`."""
        from percept_adv.detection import SCORES
        from percept_adv.report import Quantiles

        titles = {f"q_{name}": score.title for name, score in SCORES.items()}
        return Quantiles(
            {SMALLEST: "Smallest quantile", **titles}, self._meaning, self.calibration.note
        )

    @property
    def note(self) -> str:
        """What a quantile means, and whether there are too few clean images."""
        few = f" {self.calibration.note}." if self.calibration.note else ""
        return self._meaning + few

    @property
    def _meaning(self) -> str:
        return _MEANING.format(count=self.calibration.count)


def open_scoring(model: str | None, calibration: Path | None, *, quiet: bool) -> Scoring | None:
    """Open what ``--model`` and ``--calibration`` name; None without them.

    Raises
    ------
    click.UsageError
        If one is given without the other.
    PerceptAdvError
        If model, calibration file or clean images cannot be used, or do not belong together.
    """
    if (model is None) != (calibration is None):
        raise click.UsageError(
            "--model and --calibration belong together: a score says nothing without those of "
            "clean images"
        )
    if model is None or calibration is None:
        return None
    from percept_adv.classifier import Classifier
    from percept_adv.detection import Calibration

    if calibration.is_dir():
        classifier = Classifier(model)
        known, _ = calibrate_on(classifier, [calibration], quiet=quiet)
    else:
        known = Calibration.read(calibration)
        classifier = known.open_model(model)
    if known.note is not None:
        print_note(known.note)
    return Scoring(classifier, known)


def calibrate_on(
    classifier: Classifier,
    inputs: Sequence[Path],
    *,
    quiet: bool,
    score: Callable[[Path], dict[str, float]] | None = None,
) -> tuple[Calibration, ExitCode]:
    """Score clean images, naming those that cannot be used; ``score`` as for `Calibration.of`.

    Raises
    ------
    PerceptAdvError
        If none can be used.
    """
    from percept_adv.detection import Calibration

    found, outcome = find_inputs(inputs)
    failures: list[Path] = []

    def fail(path: Path, error: PerceptAdvError) -> None:
        failures.append(path)
        print_failure(str(path), error)

    with progress(len(found), description="calibrate", quiet=quiet) as told:
        calibration = Calibration.of(
            classifier, [one.path for one in found], failed=fail, done=told.update, score=score
        )
    return calibration, ExitCode.SOME_FAILED if failures else outcome
