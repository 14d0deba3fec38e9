"""What the arguments of ``percept-adv inspect`` are: images, a run, or folders of attacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from percept_adv_cli.shared.inputs import find_inputs
from percept_adv_cli.shared.messages import print_note

from percept_adv.errors import ParameterError
from percept_adv.evaluation import DATABASE
from percept_adv.images import counterpart
from percept_adv.inspection import (
    is_attack_folder,
    library_of_attacks,
    library_of_images,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from percept_adv.inspection import Library


def open_library(inputs: Sequence[Path], reference: Path | None) -> Library:
    """Find out what the inputs are, and list what can be seen of them.

    Raises
    ------
    ParameterError
        If inputs of several kinds are mixed, or a run has a reference beside its own.
    InputError, RunError
        If there is nothing to be shown.
    """
    if any((path / DATABASE).is_file() for path in inputs):
        if len(inputs) > 1:
            raise ParameterError("a RUN is shown alone: give one folder of percept-adv evaluate")
        if reference is not None:
            raise ParameterError("a RUN holds its own originals: leave out --reference")
        return _open_run(inputs[0])
    if all(is_attack_folder(path) for path in inputs):
        if reference is None:
            print_note(
                "originals and perturbations are not shown: name the folder of the originals "
                "with --reference"
            )
        return library_of_attacks(inputs, reference)
    images, _ = find_inputs(inputs)
    return library_of_images(
        (
            image.path,
            image.relative,
            None if reference is None else counterpart(reference, image.relative),
        )
        for image in images
    )


def _open_run(folder: Path) -> Library:
    """Return the library of a run; what models need is imported for runs alone."""
    from percept_adv.evaluation import RunStore
    from percept_adv.inspection import library_of_run

    store = RunStore.open(folder)
    try:
        return library_of_run(store)
    finally:
        store.close()
