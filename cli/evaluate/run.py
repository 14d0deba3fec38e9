"""One run of ``percept-adv evaluate``: computes what is missing, then writes the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from math import isfinite
from typing import TYPE_CHECKING

import click
from percept_adv_cli.shared.messages import print_failure, print_json
from percept_adv_cli.shared.notes import Notes
from percept_adv_cli.shared.progress import progress

from percept_adv.errors import InputError
from percept_adv.evaluation import (
    Configuration,
    Failed,
    Finished,
    RunStore,
    Waiting,
    Workplace,
    run_here,
    run_in_processes,
    run_on_cluster,
)
from percept_adv.report import write_report
from percept_adv.runtime import resolve_provider

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from percept_adv.attacks import Engine
    from percept_adv.classifier import Classifier
    from percept_adv.evaluation import Dataset, Table, Variant
    from percept_adv.runtime import Provider
    from percept_adv.storing import StoreChoice

Outcome = Finished | Failed | Waiting

_BATCH_SIZES = {"cpu": 1, "cuda": 16}


def default_batch_size(provider: Provider) -> int:
    """Return how many images a provider is given together: one is as fast on the CPU."""
    return _BATCH_SIZES[resolve_provider(provider)]


@dataclass(slots=True)
class EvaluationRun:
    """A run folder that is being filled; ``failed`` holds the files that cannot be used."""

    store: RunStore
    classifier: Classifier
    dataset: Dataset
    failed: set[str] = field(default_factory=set)

    @classmethod
    def begin(
        cls,
        folder: Path,
        classifier: Classifier,
        dataset: Dataset,
        variants: tuple[Variant, ...],
        *,
        batch_size: int,
        store: StoreChoice,
        through: tuple[str, ...],
        seed: int,
        engine: Engine,
    ) -> EvaluationRun:
        """Begin a run, or go on with it."""
        configuration = Configuration.of(
            classifier,
            dataset,
            variants,
            batch_size=batch_size,
            version=version("percept-adv"),
            store=store,
            through=through,
            seed=seed,
            engine=engine,
        )
        return cls(RunStore.begin(folder, configuration), classifier, dataset)

    def compute(self, *, jobs: int, scheduler: str | None, quiet: bool) -> None:
        """Do what is left, and tell of it on stderr."""
        configuration = self.store.wanted
        total = len(configuration.samples) * len(configuration.variants)
        finished = sum(
            self.store.is_finished(key)
            for variant in configuration.variants
            for _, key in configuration.outcomes(variant)
        )
        notes = Notes()
        with progress(
            total, description=configuration.model, finished=finished, quiet=quiet
        ) as told:

            def tell(outcome: Outcome) -> None:
                if isinstance(outcome, Waiting):
                    told.note("in work in another process")
                    told.finish_all_but(outcome.count)
                    return
                told.update()
                if isinstance(outcome, Failed):
                    self._fail(outcome)
                    return
                file = outcome.sample.file
                notes.tell((f"{file}: {note}" for note in outcome.notes), file)

            self._spread(tell, jobs=jobs, scheduler=scheduler)
            told.finish_all_but(0)

    def _spread(self, tell: Callable[[Outcome], None], *, jobs: int, scheduler: str | None) -> None:
        """Do what is left, where it is to be done."""
        images = self.dataset.folder
        configuration = self.store.configuration
        place = Workplace.of(
            self.classifier,
            images,
            batch_size=configuration.batch_size,
            store=configuration.store,
            through=configuration.through,
            seed=configuration.seed,
            engine=configuration.engine,
        )
        if scheduler is not None:
            run_on_cluster(self.store, place, tell, address=scheduler)
        elif jobs > 1:
            run_in_processes(self.store, place, tell, jobs=jobs)
        else:
            run_here(self.store, self.classifier, images, tell)

    def _fail(self, outcome: Failed) -> None:
        """Name an image that cannot be used, once for all attacks."""
        if outcome.sample.file not in self.failed:
            self.failed.add(outcome.sample.file)
            print_failure(outcome.sample.file, InputError(outcome.reason))


def print_tables(store: RunStore, *, as_json: bool) -> None:
    """Write the report of a run; print its tables, or each of their rows as a JSON line."""
    # Other processes may have added to it.
    tables = write_report(RunStore.open(store.folder))
    if as_json:
        for table in tables:
            print_rows(table)
        return
    for table in tables:
        click.echo(table.to_text() + "\n")
    click.echo(store.folder / "index.html")


def print_rows(table: Table) -> None:
    """Print each row of a table as a JSON line."""
    for row in table.rows:
        cells = {
            column: None if isinstance(cell, float) and not isfinite(cell) else cell
            for column, cell in zip(table.columns, row, strict=True)
        }
        print_json({"table": table.title, **cells})
