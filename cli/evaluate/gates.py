"""Options about what is asked of a run's figures: gates, and the distances of robust accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from percept_adv.evaluation import RunStore

_Command = TypeVar("_Command", bound="Callable[..., Any]")


def robust_at_option(function: _Command) -> _Command:
    """Add ``--robust-at``; see `read_levels`."""
    return click.option(
        "--robust-at",
        metavar="NORM=A,B,...",
        multiple=True,
        help="Distances at which robust accuracy is reported, such as l2=0.5,1 or "
        "linf=4/255,8/255. By default round numbers near the distances of the "
        "successes.",
    )(function)


def gate_options(function: _Command) -> _Command:
    """Add ``--robust-at``, ``--fail-under``, ``--fail-over`` and ``--junit``."""
    options = (
        robust_at_option,
        click.option(
            "--fail-under",
            metavar="METRIC:NUMBER",
            multiple=True,
            help="Exit with 5 if a figure is less than NUMBER, such as "
            "robust_accuracy@l2=0.5:0.8, P_suc:0.9, mean_distortion@linf:0.01 or "
            "accuracy:0.7. It is that of all attacks together, or of one: cw.P_suc:0.9. May"
            " be repeated.",
        ),
        click.option(
            "--fail-over",
            metavar="METRIC:NUMBER",
            multiple=True,
            help="Exit with 5 if a figure is more than NUMBER, such as P_suc:0.5. May be repeated.",
        ),
        click.option(
            "--junit",
            metavar="FILE.xml",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Write these gates as JUnit XML, which build servers show as tests.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


class Demands:
    """What the options of `gate_options` ask for, all of it checked."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        from percept_adv.evaluation import read_gate

        self._levels = read_levels(options["robust_at"])
        self._gates = [read_gate(text, "under") for text in options["fail_under"]]
        self._gates += [read_gate(text, "over") for text in options["fail_over"]]
        self._junit: Path | None = options["junit"]
        if self._junit is not None and not self._gates:
            raise click.UsageError("--junit writes gates: give --fail-under or --fail-over")

    def prepare(self, store: RunStore) -> None:
        """Keep the distances in a run, and check that it has the attacks of the gates."""
        from percept_adv.evaluation import collect_outcomes
        from percept_adv.report import LEVELS

        outcomes = collect_outcomes(store)
        for gate in self._gates:
            gate.measure(outcomes)
        if self._levels:
            store.set(LEVELS, (store.get(LEVELS) or {}) | self._levels)

    def judge(self, store: RunStore, failed: Collection[str]) -> ExitCode:
        """Say which gates fail, and write them down; return the exit code."""
        from percept_adv.evaluation import RunStore, collect_outcomes
        from percept_adv.report import write_junit

        outcomes = collect_outcomes(RunStore.open(store.folder))
        measured = [(gate, gate.measure(outcomes)) for gate in self._gates]
        for gate, value in measured:
            verdict = "holds" if gate.holds(value) else "FAILS"
            print_error(f"gate {gate} {verdict}: {value:.4g}")
        if self._junit is not None:
            write_junit(self._junit, str(store.folder), measured, sorted(failed))
        if not all(gate.holds(value) for gate, value in measured):
            return ExitCode.GATE_FAILED
        return ExitCode.SOME_FAILED if failed else ExitCode.FINE


def read_levels(assignments: Collection[str]) -> dict[str, list[float]]:
    """Return distances by norm from NORM=NUMBER,..."""
    from percept_adv.evaluation import NORMS
    from percept_adv.parameters import read_number

    levels: dict[str, list[float]] = {}
    for assignment in assignments:
        norm, _, numbers = assignment.partition("=")
        try:
            values = sorted({read_number(number) for number in numbers.split(",")})
        except ValueError as error:
            raise click.BadParameter(
                f"{assignment!r} is no NORM=NUMBER,..., such as l2=0.5,1 ({error})",
                param_hint="--robust-at",
            ) from None
        if norm not in NORMS or values[0] <= 0:
            raise click.BadParameter(
                f"{assignment!r}: give {' or '.join(NORMS)}, and positive distances",
                param_hint="--robust-at",
            )
        levels[norm] = values
    return levels
