"""``percept-adv evaluate``: the whole protocol, in a folder that survives being killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.evaluate.gates import Demands, gate_options
from percept_adv_cli.shared.attack_names import INDEPENDENT
from percept_adv_cli.shared.classifiers import classifier_options, open_classifier
from percept_adv_cli.shared.completion import (
    complete_attacks,
    complete_dataset,
    complete_model,
    complete_parameter_of_each,
)
from percept_adv_cli.shared.labels import classes_of, label_options
from percept_adv_cli.shared.messages import print_note
from percept_adv_cli.shared.options import (
    engine_option,
    folder_option,
    json_option,
    quiet_option,
    seed_option,
)
from percept_adv_cli.shared.parameters import (
    ParameterOfEachCommand,
    read_grids,
    read_parameters_of_each,
)
from percept_adv_cli.shared.plausibility import go_on_option
from percept_adv_cli.shared.storing import read_store, read_through, store_options, through_option

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.shared.exit_codes import ExitCode

    from percept_adv.attacks import Engine


@click.command(
    cls=ParameterOfEachCommand,
    epilog="Example: percept-adv evaluate model.onnx dataset/ -o run/ --attacks ddn,salma",
)
@click.argument("model", metavar="MODEL", shell_complete=complete_model)
@click.argument("dataset", metavar="DATASET", shell_complete=complete_dataset)
@folder_option
@click.option(
    "--attacks",
    metavar="NAME,...",
    default="cw,scw",
    show_default=True,
    shell_complete=complete_attacks,
    help=f"Of {', '.join(INDEPENDENT)}; see percept-adv attacks list.",
)
@click.option(
    "-p",
    "--parameter",
    "assignments",
    metavar="ATTACK.NAME=VALUE",
    multiple=True,
    shell_complete=complete_parameter_of_each,
    help="A parameter of one attack, such as scw.iterations=50; may be repeated: see "
    "percept-adv attacks describe NAME. Smooth attacks "
    "of 28 x 28 digits need an alpha of 0.95: the default 0.997 is for photographs.",
)
@click.option(
    "--eps",
    "grids",
    metavar="ATTACK=A,B,...",
    multiple=True,
    help="Distances at which an attack with fixed distortion is run, such as "
    "ifgsm=2/255,8/255; may be repeated. By default the least eps of each image is "
    "searched.",
)
@label_options
@click.option("--limit", type=click.IntRange(1), help="Take the first images only.")
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    help="Images given to the model together; by default 1 on the CPU, 16 on a GPU.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many processes share the work on this machine.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Work on the Dask cluster of this scheduler.")
@store_options
@through_option
@seed_option
@engine_option
@gate_options
@go_on_option
@classifier_options
@json_option
@quiet_option
def evaluate(
    model: str,
    dataset: str,
    output: Path,
    attacks: str,
    assignments: tuple[str, ...],
    grids: tuple[str, ...],
    limit: int | None,
    batch_size: int | None,
    jobs: int,
    scheduler: str | None,
    *,
    seed: int,
    engine: Engine,
    as_json: bool,
    quiet: bool,
    go_on: bool,
    **options: Any,
) -> ExitCode:
    """Run attacks on a labelled DATASET and write tables, figures and a page into OUT.

    DATASET is a folder with a labels.csv (file,label) or with a folder for each class, or the
    name of a bundled one; --labels may name a table elsewhere.

    Each finished image is kept at once. After an interruption the same command continues; started
    again while it runs, it shares the work. With another attack, more images or another --eps
    it adds to OUT. What contradicts OUT is refused, and the message names the difference.
    """
    if jobs > 1 and scheduler is not None:
        raise click.UsageError("--jobs and --scheduler exclude each other: choose one")
    from percept_adv_cli.evaluate.run import EvaluationRun, default_batch_size, print_tables
    from percept_adv_cli.shared.plausibility import tell_accuracy

    from percept_adv.classifier import check_classifier, check_gradient
    from percept_adv.evaluation import find_labels, label_images, plan_variants
    from percept_adv.transformations import with_survival

    demands = Demands(options)
    variants = plan_variants(
        [name.strip() for name in attacks.split(",")],
        read_parameters_of_each(assignments),
        read_grids(grids),
    )
    store = read_store(options)
    through = read_through(options)
    table = find_labels(dataset, options["labels"])
    # Batches of one size, so that no result depends on where a run was interrupted.
    batch_size = batch_size or default_batch_size(options["provider"])
    classifier = open_classifier(model, options, batch_size=batch_size)
    for note in [*classifier.notes, *check_classifier(classifier)]:
        print_note(f"{model}: {note}")
    attacked = with_survival(classifier, through)
    for variant in variants:
        variant.check_engine(attacked, engine)
    if any(variant.rule().most_gradients for variant in variants):
        check_gradient(classifier)
    images = label_images(table, classes_of(classifier, options), limit=limit)
    pairs = [(images.folder / sample.file, sample.label) for sample in images.samples]
    tell_accuracy(classifier, pairs, go_on=go_on)
    run = EvaluationRun.begin(
        output,
        classifier,
        images,
        variants,
        batch_size=batch_size,
        store=store,
        through=tuple(one.name for one in through),
        seed=seed,
        engine=engine,
    )
    demands.prepare(run.store)
    run.compute(jobs=jobs, scheduler=scheduler, quiet=quiet)
    print_tables(run.store, as_json=as_json)
    return demands.judge(run.store, run.failed)
