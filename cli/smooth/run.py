"""One run of ``percept-adv smooth``: reads, smooths and writes, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from percept_adv_cli.shared.messages import print_line
from percept_adv_cli.shared.runs import Run
from percept_adv_cli.smooth.sentences import describe, notes_of_image, notes_of_result

from percept_adv.errors import InputError, ShapeError
from percept_adv.images import as_compared, read_image, read_mask
from percept_adv.provenance import MADE_BY

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.shared.outputs import Record
    from percept_adv_cli.smooth.pairs import Pair
    from percept_adv_cli.smooth.ways import Smoothed, Way

    from percept_adv.images import Transparency
    from percept_adv.storing import StoreChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothingRun(Run["Pair"]):
    """What all pairs of a run share."""

    command: ClassVar[str] = "smooth"

    way: Way
    mask: Path | None
    store: StoreChoice
    transparency: Transparency

    def sources(self, item: Pair) -> dict[str, Path]:
        """Return both images, and the mask if there is one."""
        images = {"perturbed image": item.perturbed, "original": item.original}
        return images if self.mask is None else {**images, "mask": self.mask}

    def files(self, item: Pair) -> tuple[Path, ...]:
        """Return where the smoothed image goes."""
        return (item.output,)

    def parameters(self, item: Pair) -> dict[str, Any]:  # noqa: ARG002 (the same for all)
        """Say how the difference is smoothed, and what the result is stored as."""
        return {
            **self.way.parameters,
            "store": self.store.name,
            "transparency": str(self.transparency),
        }

    def paths(self, item: Pair) -> dict[str, str]:
        """Return the names of both images and the result."""
        return {
            "original": str(item.original),
            "perturbed": str(item.perturbed),
            "output": str(item.output),
        }

    @property
    def models(self) -> dict[str, str]:
        """The model that is to be fooled, if there is one."""
        return self.way.models

    def make(self, item: Pair) -> Record:
        """Smooth and write one pair.

        Raises
        ------
        InputError, ConvergenceError, OutputError
            If the pair cannot be used, smoothed or written.
        """
        first, second, notes = as_compared(
            read_image(item.original), read_image(item.perturbed), self.transparency
        )
        store, unkept = self.store.of(item.original)
        try:
            mask = None if self.mask is None else read_mask(self.mask, first.pixels.shape[:2])
            result = self.way.smooth(first, second, store, mask)
        except ShapeError as error:
            raise ShapeError(f"{item.original} and {item.perturbed}: {error}") from error
        told = [
            *([f"{item.original}: {unkept}"] if unkept else []),
            *(note for image in (first, second) for note in notes_of_image(image, self.way.bits)),
            *(f"{item.perturbed}: {note}" for note in notes),
            *notes_of_result(item, result),
        ]
        figures = {**self._figures(item, result), "notes": told}
        return self.output_of(item).write(figures, lambda part: part.write_bytes(result.file))

    def _figures(self, item: Pair, result: Smoothed) -> Record:
        difference = result.difference
        return {
            **self.paths(item),
            "l2_before": float(np.linalg.norm(difference.before)),
            "l2_smoothed": float(np.linalg.norm(difference.after)),
            "l2_stored": result.distance,
            "store": self.store.name,
            "iterations": difference.iterations,
            "relative_residual": difference.relative_residual,
            **result.found,
        }

    def show(self, record: Record) -> None:
        """Print the distances, and what the model makes of the result."""
        print_line(describe(record))

    def check(self, record: Record) -> None:
        """Refuse a result that no scale has made misclassified."""
        if not record.get("success", True):
            largest = record[MADE_BY]["parameters"]["max_scale"]
            raise InputError(
                f"at no scale up to {largest:g} is the result misclassified: {record['output']} "
                "has scale 1; try a smaller --alpha or a larger --max-scale"
            )
