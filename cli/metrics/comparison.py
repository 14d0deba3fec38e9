"""Measuring pairs of files, with what a user should know of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from percept_adv_cli.shared.notes import Notes

from percept_adv.images import as_compared, read_image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from percept_adv.images import Image, Transparency
    from percept_adv.metrics import Measurer


class Comparison:
    """Measures pairs of files; the last reference is kept, as files come sorted by it."""

    def __init__(
        self,
        measurer_of: Callable[[Any], Measurer],
        transparency: Transparency,
        *,
        skip_too_small: bool,
    ) -> None:
        self._measurer_of = measurer_of
        self._transparency = transparency
        self._skip_too_small = skip_too_small
        self._reference: Image | None = None
        self._measurers: dict[bool, Measurer] = {}
        self._notes = Notes()

    def __call__(self, reference: Path, image: Path) -> dict[str, float]:
        """Return the metrics of an image by name.

        Raises
        ------
        InputError
            If a file cannot be read, or the two do not fit each other.
        """
        if self._reference is None or self._reference.path != reference:
            self._reference, self._measurers = read_image(reference), {}
        first, second, notes = as_compared(self._reference, read_image(image), self._transparency)
        for one in (first, second):
            self._notes.tell((f"{one.path}: {warning}" for warning in one.warnings), one.path)
        self._notes.tell((f"{image}: {note}" for note in notes), image)
        # Only where both are 8-bit does the luminance of MAD saturate.
        eight_bit = first.bit_depth == second.bit_depth == 8
        if eight_bit not in self._measurers:
            self._measurers[eight_bit] = self._measurer_of(_values(first, eight_bit))
        return self._measurers[eight_bit].measure(
            _values(second, eight_bit), skip_too_small=self._skip_too_small
        )


def _values(image: Image, eight_bit: bool) -> Any:
    return image.samples if eight_bit else image.pixels
