"""Commands that go over items: what each of them does with an item, and the loop of all."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from percept_adv_cli.shared.attempts import Attempts
from percept_adv_cli.shared.messages import print_json
from percept_adv_cli.shared.notes import Notes
from percept_adv_cli.shared.outputs import Item, Record, Results, look_up
from percept_adv_cli.shared.progress import progress

from percept_adv.images import check_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from percept_adv_cli.shared.exit_codes import ExitCode


class Run(Results[Item]):
    """What a command does with an item, and what it tells of the result; see `execute`."""

    @abstractmethod
    def make(self, item: Item) -> Record:
        """Write the result of an item and its record; return what is told of it.

        The entry ``notes`` holds what a user should know, with the names of files.
        """

    def recall(self, item: Item, record: Record) -> Record:  # noqa: ARG002
        """Return what is told of a result that is there already: its record."""
        return record

    def show(self, record: Record) -> None:
        """Print for people what figures a result has; some results are to be looked at."""

    def check(self, record: Record) -> None:
        """Raise ``InputError`` where a result counts as failed although it is there."""

    def finish(self) -> None:
        """Do what comes after all items, such as a page that shows them."""


def execute(
    run: Run[Item], items: Iterable[Item], *, overwrite: bool, as_json: bool, quiet: bool
) -> ExitCode:
    """Do all items in their order, and tell of each result as it is reached.

    - All results are looked up before the work. Those that are there are kept unless
      ``overwrite``; what stands in the way is told and left out.
    - A result is told on stdout, whether it was made or kept: as JSON, or as the run shows it.
      Progress, notes and failures go to stderr.
    - An item that fails is named in one line, and the others are done. Where its result cannot be
      written, it fails before the work.
    - An interruption leaves what is finished, and the next call keeps it.

    The code is ``SOME_FAILED`` if an item failed or was left out.
    """
    found, left_out = look_up(run, items, overwrite=overwrite)
    attempts, notes = Attempts(left_out), Notes()
    show = print_json if as_json else run.show

    def do(item: Item, record: Record | None) -> None:
        if record is None:
            for folder in {file.parent for file in run.files(item)}:
                check_place(folder)
            told = {**run.make(item), "status": "written"}
        else:
            told = {**run.recall(item, record), "status": "kept"}
        notes.tell(told["notes"], *run.sources(item).values(), *run.files(item))
        show(told)
        run.check(told)

    with progress(len(found), description=run.command, quiet=quiet) as bar:
        for item, record in found:
            with attempts.at(run.name(item)):
                do(item, record)
            count = bar.update if record is None else bar.skip
            count(1)
    with attempts.at(""):
        run.finish()
    return attempts.outcome
