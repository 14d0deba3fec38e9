"""Commands that go over items: one that fails is named, and the others are done."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_failure
from percept_adv_cli.shared.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = TypeVar("Item")


def do_each(
    items: Iterable[Item],
    work: Callable[[Item], None],
    *,
    name: Callable[[Item], str] = str,
    description: str = "",
    quiet: bool = False,
) -> ExitCode:
    """Call ``work`` on every item; name each failure in one line and go on.

    Progress is told on stderr unless ``quiet``. Returns ``SOME_FAILED`` if ``work``
    raised an error for any item.
    """
    outcome = ExitCode.FINE
    waiting = list(items)
    with progress(len(waiting), description=description, quiet=quiet) as told:
        for item in waiting:
            try:
                work(item)
            except BrokenPipeError:
                # Nobody reads the results any more.
                raise
            except Exception as error:  # noqa: BLE001 (one item never costs the others)
                print_failure(name(item), error)
                outcome = ExitCode.SOME_FAILED
            told.update()
    return outcome
