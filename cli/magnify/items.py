"""The images that ``percept-adv magnify`` reads, and the files that it writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from percept_adv_cli.shared.inputs import find_inputs

from percept_adv.errors import ParameterError
from percept_adv.images import counterpart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from percept_adv_cli.magnify.settings import Settings
    from percept_adv_cli.shared.exit_codes import ExitCode

_SUFFIXES = {None: (".png",), "npy": (".npy",), "tiff": (".tif", ".tiff")}
_REFERENCE = "_reference"
_ALL_SUFFIXES = {suffix for suffixes in _SUFFIXES.values() for suffix in suffixes}


@dataclass(frozen=True)
class Item:
    """One image with its clean reference, if any, and where the result goes."""

    path: Path
    output: Path
    reference: Path | None

    @property
    def reference_output(self) -> Path:
        """Where the magnified reference goes."""
        return self.output.with_stem(self.output.stem + _REFERENCE)

    @property
    def files(self) -> tuple[Path, ...]:
        """What is written: the result, then the magnified reference if there is one."""
        return (self.output,) if self.reference is None else (self.output, self.reference_output)

    @property
    def sources(self) -> dict[str, Path]:
        """What is read, by what it is."""
        sources = {"image": self.path}
        if self.reference is not None:
            sources["reference"] = self.reference
        return sources


def items_of(
    inputs: Sequence[Path], output: Path, settings: Settings
) -> tuple[list[Item], ExitCode]:
    """Pair every image with its output and its reference; say what was left out of folders.

    OUT is a folder or, for one input file, a name with a suffix that fits the format.

    Raises
    ------
    ImageError
        If there is no image.
    ParameterError
        If the suffix of OUT belongs to another format, or OUT is one of the folders.
    """
    companions = [] if settings.reference is None else [_REFERENCE]
    images, outcome = find_inputs(inputs, output=output, companions=companions)
    suffixes = _SUFFIXES[settings.float_format]
    if len(inputs) == 1 and not inputs[0].is_dir() and output.suffix.lower() in _ALL_SUFFIXES:
        if output.suffix.lower() not in suffixes:
            raise ParameterError(f"{output} cannot be OUT: this makes {suffixes[0]} files")
        outputs = [output]
    else:
        outputs = [output / image.name.with_suffix(suffixes[0]) for image in images]
    items = [
        Item(image.path, target, _reference(settings.reference, image.relative))
        for image, target in zip(images, outputs, strict=True)
    ]
    return items, outcome


def page_of(items: Sequence[Item], output: Path) -> Path:
    """Name the page: in OUT, or beside it where OUT is the one result."""
    single = len(items) == 1 and items[0].output == output
    return (output.parent if single else output) / "index.html"


def _reference(given: Path | None, relative: Path) -> Path | None:
    return None if given is None else counterpart(given, relative)
