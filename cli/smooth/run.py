"""One run of ``percept-adv smooth``: reads, smooths, finds the scale, writes, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from percept_adv.errors import InputError, ShapeError
from percept_adv.images import (
    as_compared,
    content_sha256,
    encode_png,
    read_image,
    read_mask,
    to_uint8,
    to_uint16,
)
from percept_adv.metrics import pair_files
from percept_adv.provenance import Origin, Output
from percept_adv.smoothing import GuidedSmoother, smooth_difference
from percept_adv.storing import Surroundings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from percept_adv.classifier import Classifier
    from percept_adv.images import Image, Transparency
    from percept_adv.metrics import Pairs
    from percept_adv.smoothing import SmoothedDifference
    from percept_adv.storing import Store, StoreChoice


Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A pair of images and where its result goes."""

    original: Path
    perturbed: Path
    output: Path


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of a pair: the stored image, how it came about, and what a search found."""

    difference: SmoothedDifference
    original: NDArray[np.floating]
    stored: NDArray[Any]
    file: bytes
    found: Record

    @property
    def distance(self) -> float:
        """L2 from the original as it is stored without a change."""
        values = self.stored / np.iinfo(self.stored.dtype).max
        return float(np.linalg.norm(values - self.original))


def find_jobs(
    original: Path, perturbed: Path, output: Path, store: StoreChoice
) -> tuple[list[Job], Pairs]:
    """Pair two files or the images of two folders; return also what was left over.

    ``output`` is the result of two files if it ends as results do, otherwise a folder.

    Raises
    ------
    ImageError
        If a folder holds no image.
    ParameterError
        If ``output`` is one of the folders.
    """
    names_file = bool(output.suffix) and not output.is_dir() and not perturbed.is_dir()
    pairs = pair_files(original, [perturbed], output=output)
    jobs = [
        Job(
            reference,
            image.path,
            output if names_file else output / image.name.with_suffix(store.suffix_of(reference)),
        )
        for reference, images in pairs.images.items()
        for image in images
    ]
    return jobs, pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothingRun:
    """What all pairs of a run share.

    Without a classifier no scale is searched; one also chooses alpha where that is None.
    """

    parameters: dict[str, Any]
    alpha: float | None
    classifier: Classifier | None
    label: int | None
    max_scale: float
    bits: int
    mask: Path | None
    store: StoreChoice
    transparency: Transparency

    @property
    def _smoothing(self) -> dict[str, Any]:
        """The parameters of `GuidedSmoother`, but the mask."""
        return self.parameters if self.alpha is None else {**self.parameters, "alpha": self.alpha}

    def check_parameters(self) -> None:
        """Raise ``ParameterError`` for what no pair could be smoothed with."""
        GuidedSmoother(np.zeros((2, 2)), **self._smoothing)
        if self.classifier is not None and self.label is not None:
            self.classifier.checked_labels(np.array([self.label]), 1)

    def output_of(self, job: Job) -> Output:
        """Describe the result of a pair and what it is made of.

        Raises
        ------
        ImageError
            If an image cannot be read.
        """
        inputs = {
            "original": content_sha256(job.original),
            "perturbed image": content_sha256(job.perturbed),
        }
        if self.mask is not None:
            inputs["mask"] = content_sha256(self.mask)
        parameters = {
            "alpha": self.alpha if self.alpha is not None else "chosen by the model",
            **self.parameters,
            "bits": self.bits,
            "store": self.store.name,
            "transparency": str(self.transparency),
        }
        if self.classifier is not None:
            inputs["model"] = self.classifier.sha256
            parameters |= {
                "label": self.label,
                "max_scale": self.max_scale,
                **self.classifier.contract_record,
                "at": self.classifier.place,
            }
        return Output.beside(Origin("smooth", inputs, parameters), job.output)

    def __call__(self, job: Job) -> Record:
        """Write the result of one pair and its record, and return that.

        Raises
        ------
        InputError, ConvergenceError, OutputError
            If the pair cannot be used, smoothed or written.
        """
        first, second, notes = as_compared(
            read_image(job.original), read_image(job.perturbed), self.transparency
        )
        self._check_size(first)
        original = first.pixels
        store, unkept = self.store.of(job.original)
        try:
            result = self._smoothed(original, second.pixels, store)
        except ShapeError as error:
            raise ShapeError(f"{job.original} and {job.perturbed}: {error}") from error
        difference = result.difference
        record = {
            "original": str(job.original),
            "perturbed": str(job.perturbed),
            "output": str(job.output),
            "l2_before": float(np.linalg.norm(difference.before)),
            "l2_smoothed": float(np.linalg.norm(difference.after)),
            "l2_stored": result.distance,
            "store": self.store.name,
            "iterations": difference.iterations,
            "relative_residual": difference.relative_residual,
            **result.found,
            "notes": [
                *([f"{job.original}: {unkept}"] if unkept else []),
                *(note for image in (first, second) for note in _notes(image, self.bits)),
                *(f"{job.perturbed}: {note}" for note in notes),
                *_notes_of_result(job, result),
            ],
        }
        return self.output_of(job).write(record, lambda part: part.write_bytes(result.file))

    def _check_size(self, image: Image) -> None:
        if self.classifier is None or self.classifier.place == "file":
            return
        size = self.classifier.pipeline.size
        if any(w not in (None, own) for own, w in zip(image.samples.shape, size, strict=False)):
            raise ShapeError(
                f"{image.path} has {' x '.join(map(str, image.samples.shape[:2]))} pixels and "
                f"{self.classifier.name} takes {' x '.join(map(str, size))}: resize both "
                "images to that first"
            )
        channels = image.samples.shape[2] if image.samples.ndim == 3 else 1
        if channels != self.classifier.pipeline.channels:
            raise ShapeError(
                f"{image.path} has {channels} channels and {self.classifier.name} takes "
                f"{self.classifier.pipeline.channels}: convert both images first"
            )

    def _smoothed(
        self, original: NDArray[np.float64], perturbed: NDArray[np.float64], store: Store
    ) -> _Result:
        mask = None if self.mask is None else read_mask(self.mask, original.shape[:2])
        if self.classifier is None:
            difference = smooth_difference(original, perturbed, mask=mask, **self._smoothing)
            found = {"alpha": self.alpha, "scale": 1.0}
            if self.bits == 16:
                sixteen = to_uint16(np.clip(original + difference.after, 0, 1))
                return _Result(difference, original, sixteen, encode_png(sixteen), found)
            around = Surroundings(original, store, mask)
            stored = around.nearest(difference.after)
            return _Result(difference, around.original, stored.pixels, stored.file, found)
        from percept_adv.attacks import least_smoothed

        shape = original.shape if original.ndim == 3 else (*original.shape, 1)
        chosen = {} if self.alpha is None else {"alphas": (self.alpha,)}
        best = least_smoothed(
            self.classifier.taking(shape),
            original,
            perturbed,
            label=self.label,
            largest=self.max_scale,
            **chosen,
            store=store,
            mask=mask,
            **self.parameters,
        )
        fields = (
            "scale", "success", "already_misclassified", "label", "label_before", "label_after",
            "confidence_before", "confidence_after", "forward_count",
        )  # fmt: skip
        found = {name: getattr(best.rescaled, name) for name in fields}
        rescaled = best.rescaled
        return _Result(
            best.difference, rescaled.original, rescaled.stored, rescaled.file,
            {"alpha": best.alpha, **found},
        )  # fmt: skip


def _notes(image: Image, bits: int) -> list[str]:
    notes = [f"{image.path}: {warning}" for warning in image.warnings]
    if image.bit_depth > bits:
        more = "; --bits 16 keeps more" if bits == 8 else ""
        notes.append(f"{image.path}: {image.bit_depth} bits; the result is rounded to {bits}{more}")
    if image.alpha is not None:
        notes.append(f"{image.path}: it has an alpha channel; the result has none")
    return notes


def _notes_of_result(job: Job, result: _Result) -> list[str]:
    if not result.difference.before.any():
        return ["the two images have equal colours: there is nothing to smooth"]
    stored = result.stored
    rounded = to_uint8 if stored.dtype == np.uint8 else to_uint16
    if not np.array_equal(stored, rounded(result.original)):
        return []
    if job.output.suffix.lower() != ".png":
        unchanged = "it equals the original as stored: no coefficient of the JPEG changes"
        return [f"{job.output}: {unchanged}; a smaller --alpha or a higher --quality leaves more"]
    note = (
        f"{job.output}: it equals the original as stored: what is left of the difference is less "
        f"than half a level of {8 * stored.dtype.itemsize} bits; a smaller --alpha leaves more"
    )
    return [note]


def refuse_failure(record: Record, max_scale: float) -> None:
    """Raise ``InputError`` where no scale was misclassified."""
    if record.get("success", True):
        return
    raise InputError(
        f"at no scale up to {max_scale:g} is the result misclassified: {record['output']} has "
        "scale 1; try a smaller --alpha or a larger --max-scale"
    )


def describe(record: Record) -> str:
    """Say in one line what came out of a pair."""
    line = (
        f"{record['output']}: L2 {record['l2_before']:.3f}, smoothed {record['l2_smoothed']:.3f}, "
        f"stored {record['l2_stored']:.3f}; {record['iterations']} iterations to a relative "
        f"residual of {record['relative_residual']:.1e}"
    )
    if "success" not in record:
        return line
    classes = (
        f"class {record['label_before']} ({record['confidence_before']:.3f}) became "
        f"{record['label_after']} ({record['confidence_after']:.3f})"
    )
    if record["already_misclassified"]:
        return f"{line}; the original is misclassified already: scale 0; {classes}"
    if not record["success"]:
        return f"{line}; not misclassified; {classes}"
    return (
        f"{line}; misclassified from scale {record['scale']:.4g} of alpha {record['alpha']:g} on; "
        f"{classes}"
    )
