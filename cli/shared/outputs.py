"""Results of a command: which are there, which are to be made, and what stands in the way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error, print_failure, print_kept

from percept_adv.errors import ExistingOutputError, OutputError, PerceptAdvError
from percept_adv.images import content_sha256
from percept_adv.provenance import Origin, Output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Item = TypeVar("Item")
Record = dict[str, Any]


class Results(ABC, Generic[Item]):
    """What the results of a command are made of, and where they go."""

    command: ClassVar[str]
    """As a record calls it."""

    @abstractmethod
    def sources(self, item: Item) -> dict[str, Path]:
        """Return the files that are read, by what they are; the first names the item."""

    @abstractmethod
    def files(self, item: Item) -> tuple[Path, ...]:
        """Return the files that are written; the first names the result."""

    @abstractmethod
    def parameters(self, item: Item) -> dict[str, Any]:
        """Return everything else that changes the result, as JSON values."""

    @property
    def models(self) -> Mapping[str, str]:
        """The SHA-256 of each model that all results are made with."""
        return {}

    @abstractmethod
    def paths(self, item: Item) -> dict[str, str]:
        """Return the entries of a record that name files of the item."""

    def name(self, item: Item) -> str:
        """Return what messages call an item."""
        return str(next(iter(self.sources(item).values())))

    def output_of(self, item: Item) -> Output:
        """Describe the result of an item and what it is made of.

        Raises
        ------
        ImageError
            If a source cannot be read.
        """
        hashes = {role: content_sha256(path) for role, path in self.sources(item).items()}
        origin = Origin(self.command, {**hashes, **self.models}, self.parameters(item))
        return Output.beside(origin, *self.files(item))


def look_up(
    results: Results[Item], items: Iterable[Item], *, overwrite: bool
) -> tuple[list[tuple[Item, Record | None]], ExitCode]:
    """Look at all results before the work begins, and say on stderr what was found.

    Returns
    -------
    list of (item, dict or None)
        In the order given, each item whose result is there, with its record, or is to be made,
        with None.
    ExitCode
        ``SOME_FAILED`` if an item was left out: a source cannot be read, or the result would
        replace one of the sources, or something else stands in its place.
    """
    items = list(items)
    sources = {path.resolve() for item in items for path in results.sources(item).values()}
    found: list[tuple[Item, Record | None]] = []
    conflicts: dict[str, list[Path]] = defaultdict(list)
    outcome = ExitCode.FINE
    for item in items:
        try:
            output = results.output_of(item)
            _refuse_sources(output, sources)
            record = None if overwrite else output.kept()
            # Files may have been moved since, and are named as they are called now.
            found.append((item, None if record is None else {**record, **results.paths(item)}))
        except ExistingOutputError as error:
            conflicts[error.reason].append(error.path)
            outcome = ExitCode.SOME_FAILED
        except PerceptAdvError as error:
            print_failure(results.name(item), error)
            outcome = ExitCode.SOME_FAILED
    for reason, paths in conflicts.items():
        _print_conflict(reason, paths)
    print_kept([results.files(item)[0] for item, record in found if record is not None])
    return found, outcome


def is_kept(output: Output, *, overwrite: bool) -> bool:
    """Tell whether a file that goes with the results is there already, and say so on stderr.

    Raises
    ------
    ExistingOutputError
        If something else is in its place.
    """
    if overwrite or output.kept() is None:
        return False
    print_kept([output.files[0]])
    return True


def _print_conflict(reason: str, paths: list[Path]) -> None:
    """Print one line for all results that were made in the same other way."""
    if len(paths) == 1:
        print_error(str(ExistingOutputError(paths[0], reason)))
        return
    print_error(
        f"{paths[0]} and {len(paths) - 1} more stand in the way, for the same reason: {reason}; "
        "--overwrite makes them again, or choose another OUT"
    )


def _refuse_sources(output: Output, sources: set[Path]) -> None:
    for file in (*output.files, output.record):
        if file.resolve() in sources:
            raise OutputError(f"the result would replace {file}: choose another OUT")
