"""The pairs of images that ``percept-adv smooth`` is given, and where their results go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv.metrics import pair_files

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv.metrics import Pairs
    from percept_adv.storing import StoreChoice


@dataclass(frozen=True, slots=True)
class Pair:
    """An image, a perturbed copy, and where its result goes."""

    original: Path
    perturbed: Path
    output: Path


def find_pairs(
    original: Path, perturbed: Path, output: Path, store: StoreChoice
) -> tuple[list[Pair], Pairs]:
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
    found = pair_files(original, [perturbed], output=output)
    pairs = [
        Pair(
            reference,
            image.path,
            output if names_file else output / image.name.with_suffix(store.suffix_of(reference)),
        )
        for reference, images in found.images.items()
        for image in images
    ]
    return pairs, found
