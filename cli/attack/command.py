"""``percept-adv attack``: adversarial examples for a deployed classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.attack.options import (
    engine_options,
    limit_options,
    method_options,
    target_options,
)
from percept_adv_cli.shared.classifiers import classifier_options
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.labels import classes_of, label_options, read_label_source
from percept_adv_cli.shared.messages import print_error
from percept_adv_cli.shared.options import (
    folder_option,
    inputs_argument,
    json_option,
    overwrite_option,
    quiet_option,
)
from percept_adv_cli.shared.parameters import ParameterCommand
from percept_adv_cli.shared.plausibility import go_on_option
from percept_adv_cli.shared.storing import read_store, read_through, store_options, through_option

if TYPE_CHECKING:
    from pathlib import Path

    from percept_adv_cli.shared.exit_codes import ExitCode

_OF_THE_RUN = ("originals", "max_evaluations", "batch_size", "seed", "engine", "reference")


@click.command(
    cls=ParameterCommand,
    epilog="Example: percept-adv attack model.onnx photographs/ -o adversarial/ --attack ddn",
)
@click.argument("model", metavar="MODEL", shell_complete=complete_model)
@inputs_argument
@folder_option
@method_options
@label_options
@target_options
@limit_options
@store_options
@through_option
@engine_options
@go_on_option
@classifier_options
@overwrite_option
@json_option
@quiet_option
def attack(
    model: str,
    inputs: tuple[Path, ...],
    output: Path,
    name: str,
    assignments: tuple[str, ...],
    labels: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    go_on: bool,
    **options: Any,
) -> ExitCode:
    """Attack MODEL on the images IN and write adversarial images into OUT.

    MODEL is an .onnx file or the name of a bundled model; IN are images or folders. An
    attack succeeds if the model misclassifies the stored file. Each result has a JSON file
    of the same name with its figures. If an attack fails, its best attempt is kept, with
    success false.

    With --store jpeg, distances are measured from the original saved as a JPEG of the same kind.

    The class to leave is that of --labels, or else the model's own.

    The attack "universal" looks for one perturbation of all images and keeps it in OUT,
    as universal_perturbation.npy. Later images get the same one, unless --overwrite.

    This is for testing the robustness of models that you are responsible for.
    """
    # Everything that can be wrong with the call is found before the model is loaded.
    from percept_adv_cli.attack.exporting import write_step
    from percept_adv_cli.attack.preparing import make_method, open_model, plan_of, read_classes
    from percept_adv_cli.attack.run import AttackRun
    from percept_adv_cli.attack.sources import Image, Reader
    from percept_adv_cli.attack.summary import summary_of
    from percept_adv_cli.attack.targets import WantedTargets
    from percept_adv_cli.shared.inputs import find_inputs

    from percept_adv.attacks import find
    from percept_adv.images import make_folder

    declared, step = find(name), options["export_step"]
    method = make_method(declared, assignments, options)
    store, through = read_store(options), read_through(options)
    wanted = WantedTargets.read(options["target"], options["targets"])
    table = read_label_source(labels) if labels else None
    found, looked = find_inputs(inputs, output=output)
    images = [
        Image(one.path, output / one.name.with_suffix(store.suffix_of(one.path))) for one in found
    ]
    classifier = open_model(model, method, through, options)
    classes, paths = classes_of(classifier, options), [image.path for image in images]
    reader = Reader(
        classifier=classifier,
        store=store,
        labels=read_classes(classifier, table, paths, classes, go_on=go_on),
        targets=wanted.of(paths, classes),
        mask=options["mask"],
    )
    make_folder(output)
    plan = plan_of(
        declared, method, reader, images, output, seed=options["seed"], overwrite=overwrite,
        quiet=quiet,
    )  # fmt: skip
    own = {option: options[option] for option in _OF_THE_RUN}
    run = AttackRun(
        plan=plan, reader=reader, output=output, through=through, as_json=as_json, **own
    )
    if step is not None:
        write_step(run, images, step, overwrite=overwrite)
    done = run.execute(images, overwrite=overwrite, quiet=quiet)
    if run.records:
        print_error(f"{plan.attack}: {summary_of(run.records)}")
    return max(looked, done)
