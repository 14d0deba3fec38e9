"""``percept-adv attack``: adversarial examples for a deployed classifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.attack_names import ATTACKS
from percept_adv_cli.shared.classifiers import classifier_options
from percept_adv_cli.shared.completion import complete_attack, complete_model, complete_parameter
from percept_adv_cli.shared.labels import classes_of, label_options, read_label_source
from percept_adv_cli.shared.messages import print_error
from percept_adv_cli.shared.options import (
    engine_option,
    inputs_argument,
    json_option,
    output_option,
    overwrite_option,
    quiet_option,
    seed_option,
)
from percept_adv_cli.shared.parameters import ParameterCommand
from percept_adv_cli.shared.plausibility import go_on_option
from percept_adv_cli.shared.storing import read_store, read_through, store_options, through_option

if TYPE_CHECKING:
    from percept_adv_cli.shared.exit_codes import ExitCode

_OF_THE_RUN = ("originals", "max_evaluations", "batch_size", "seed", "engine", "reference")


def _onnx_file(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix != ".onnx":
        raise click.BadParameter(f"{str(path)!r}: give a name that ends in .onnx")
    return path


@click.command(
    cls=ParameterCommand,
    epilog="Example: percept-adv attack model.onnx photographs/ -o adversarial/ --attack ddn",
)
@click.argument("model", metavar="MODEL", shell_complete=complete_model)
@inputs_argument
@output_option
@click.option(
    "--attack",
    "name",
    metavar="NAME",
    default="scw",
    show_default=True,
    shell_complete=complete_attack,
    help=f"One of {', '.join(ATTACKS)}; see percept-adv attacks list.",
)
@click.option(
    "-p",
    "--parameter",
    "assignments",
    metavar="NAME=VALUE",
    multiple=True,
    shell_complete=complete_parameter,
    help="A parameter of the attack, such as iterations=50 or eps=8/255; may be repeated: see "
    "percept-adv attacks describe NAME. Smooth attacks of 28 x 28 digits need alpha=0.95: the "
    "default 0.997 is for photographs.",
)
@label_options
@click.option(
    "--target",
    help="The class to reach, by number or name. For independent labels: which to turn "
    "on and off, such as '+3 -7'.",
)
@click.option(
    "--targets",
    type=click.Path(path_type=Path),
    help="A table like that of --labels: the class that each image is to reach.",
)
@click.option(
    "--max-evaluations",
    type=click.IntRange(1),
    help="Spend at most this many gradients on one image, with those of the search for "
    "the best stored image.",
)
@click.option(
    "--mask",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An image of the same size as those under attack: only pixels where it is not "
    "black may change.",
)
@store_options
@through_option
@click.option("--batch-size", type=click.IntRange(1), default=8, show_default=True)
@seed_option
@engine_option
@click.option(
    "--export-step",
    metavar="FILE.onnx",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_onnx_file,
    help="Also write one step of the attack on the first images as a graph, and its first inputs "
    "beside it as FILE.npz, for use without this program.",
)
@click.option(
    "--originals",
    type=click.Path(path_type=Path),
    help="Also write the originals, as they were attacked, into this folder.",
)
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
