"""Which results of a run are there already, which are to be made, and which stand in the way."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error, print_failure, print_kept

from percept_adv.errors import ExistingOutputError, OutputError, PerceptAdvError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from percept_adv.provenance import Output

Item = TypeVar("Item")


@dataclass(slots=True)
class Sorted(Generic[Item]):
    """The items of a run by what is to be done; what stands in the way has been told.

    Attributes
    ----------
    waiting
        Items whose result has to be made.
    kept
        Items whose result is there, each with its record.
    refused
        How many items were refused.
    """

    waiting: list[Item] = field(default_factory=list)
    kept: list[tuple[Item, dict[str, Any]]] = field(default_factory=list)
    refused: int = 0

    @property
    def outcome(self) -> ExitCode:
        """``SOME_FAILED`` if anything was refused."""
        return ExitCode.SOME_FAILED if self.refused else ExitCode.FINE


def sort_by_output(
    items: Iterable[Item],
    output_of: Callable[[Item], Output],
    *,
    overwrite: bool,
    name: Callable[[Item], str] = str,
    inputs: Iterable[Path] = (),
) -> Sorted[Item]:
    """Look at all results before the work begins, and say on stderr what was found.

    ``output_of`` hashes the inputs of an item: where these cannot be read, the item is refused.
    ``inputs`` are files that no result may replace, whatever ``overwrite`` says.
    """
    found: Sorted[Item] = Sorted()
    conflicts: dict[str, list[Path]] = defaultdict(list)
    protected = {path.resolve() for path in inputs}
    for item in items:
        try:
            output = output_of(item)
            _refuse_inputs(output, protected)
            record = None if overwrite else output.kept()
        except ExistingOutputError as error:
            conflicts[error.reason].append(error.path)
            found.refused += 1
        except PerceptAdvError as error:
            print_failure(name(item), error)
            found.refused += 1
        else:
            if record is None:
                found.waiting.append(item)
            else:
                found.kept.append((item, record))
    for reason, paths in conflicts.items():
        _print_conflict(reason, paths)
    print_kept([output_of(item).files[0] for item, _ in found.kept])
    return found


def _print_conflict(reason: str, paths: list[Path]) -> None:
    """Print one line for all results that were made in the same other way."""
    if len(paths) == 1:
        print_error(str(ExistingOutputError(paths[0], reason)))
        return
    print_error(
        f"{paths[0]} and {len(paths) - 1} more stand in the way, for the same reason: {reason}; "
        "--overwrite makes them again, or choose another OUT"
    )


def _refuse_inputs(output: Output, protected: set[Path]) -> None:
    for file in (*output.files, output.record):
        if file.resolve() in protected:
            raise OutputError(f"the result would replace {file}: choose another OUT")
