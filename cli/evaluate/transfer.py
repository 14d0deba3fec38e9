"""``percept-adv transfer``: a run's adversarial images before other networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from percept_adv_cli.shared.classifiers import classifier_options, open_classifier
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.options import json_option, quiet_option
from percept_adv_cli.shared.plausibility import go_on_option
from percept_adv_cli.shared.progress import progress


@click.command(epilog="Example: percept-adv transfer run/ other.onnx --through jpeg:75")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.argument(
    "models", metavar="MODEL...", nargs=-1, required=True, shell_complete=complete_model
)
@click.option(
    "--through",
    "behind",
    metavar="KIND[:NUMBER],...",
    default="bilateral",
    show_default=True,
    help="Also show the images after each of these: jpeg:QUALITY, resize:FACTOR, "
    "blur:SIGMA, bilateral[:DOMAIN_SIGMA:RANGE_SIGMA]; none: only as they are.",
)
@go_on_option
@classifier_options
@json_option
@quiet_option
def transfer(
    run: Path,
    models: tuple[str, ...],
    behind: str,
    *,
    as_json: bool,
    quiet: bool,
    go_on: bool,
    **options: Any,
) -> None:
    """Show the stored adversarials of RUN to each MODEL, as they are and transformed.

    Nothing is attacked again. MODEL may be the attacked model itself: behind a transformation
    it is a variant that the attack did not know. Results are kept as they come. After an
    interruption the same command continues; started again while it runs, it shares the work.

    A MODEL that is random, or that classifies none of the originals correctly, is refused, as
    attack and evaluate refuse it.
    """
    from percept_adv_cli.evaluate.run import print_tables
    from percept_adv_cli.shared.plausibility import tell_accuracy

    from percept_adv.classifier import check_classifier
    from percept_adv.evaluation import (
        Network,
        RunStore,
        count_attacked,
        examine,
        labelled_originals,
    )
    from percept_adv.transformations import parse_transformations

    transformations = () if behind == "none" else parse_transformations(behind)
    preparations = ["", *(one.name for one in transformations)]
    store = RunStore.open(run)
    originals = labelled_originals(store)
    for model in models:
        classifier = open_classifier(model, options)
        for note in [*classifier.notes, *check_classifier(classifier)]:
            print_note(f"{model}: {note}")
        tell_accuracy(classifier, originals, go_on=go_on, name=model)
        for preparation in preparations:
            network = Network.of(classifier, model, preparation)
            name = f"{model} behind {preparation}" if preparation else model
            with progress(count_attacked(store), description=name, quiet=quiet) as told:
                examine(store, network, classifier, told.update, found=told.skip)
                told.finish_all_but(0)
    print_tables(store, as_json=as_json)
