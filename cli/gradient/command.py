"""``percept-adv gradient``: a model's file with its gradient in it, for any ONNX runtime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.classifiers import input_name_option, output_name_option
from percept_adv_cli.shared.completion import complete_model
from percept_adv_cli.shared.constants import constants_option
from percept_adv_cli.shared.options import json_option, overwrite_option

if TYPE_CHECKING:
    from percept_adv_cli.shared.exit_codes import ExitCode


@click.command(
    epilog="Example: percept-adv gradient model.onnx -o gradient.onnx --loss cross_entropy"
)
@click.argument("model", metavar="MODEL", shell_complete=complete_model)
@click.option(
    "file",
    "-o",
    metavar="OUT.onnx",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the gradient graph goes.",
)
@click.option(
    "--loss",
    type=click.Choice(["cotangent", "margin", "logit_difference", "cross_entropy", "score"]),
    default="cotangent",
    show_default=True,
    help="What to differentiate: the logits times an input 'cotangent'; a loss that an "
    "input 'label' belongs to; or the one element of the output that 'label' "
    "chooses (score).",
)
@input_name_option
@output_name_option
@click.option(
    "--wrt",
    metavar="TENSOR",
    multiple=True,
    help="Differentiate with respect to an inner tensor; may be given several times. It and its "
    "gradient, TENSOR_gradient, become outputs.",
)
@click.option("--height", type=click.IntRange(1), help="Fix the input's free height.")
@click.option("--width", type=click.IntRange(1), help="Fix the input's free width.")
@constants_option
@click.option(
    "--check", is_flag=True, help="Write nothing; report whether the model can be differentiated."
)
@json_option
@overwrite_option
def gradient(
    model: str,
    file: Path | None,
    loss: str,
    input_name: str | None,
    output_name: str | None,
    *,
    wrt: tuple[str, ...],
    height: int | None,
    width: int | None,
    constants: dict[str, Any],
    check: bool,
    as_json: bool,
    overwrite: bool,
) -> ExitCode:
    """Write MODEL with the gradient of its image input to OUT.onnx.

    MODEL is an .onnx file or the name of a bundled model. The graph keeps the model's own
    inputs and outputs and adds the output 'input_gradient'. --check writes nothing and lists
    all operators without a gradient rule; if there are any, the exit code is 4.
    Some operators need a fixed image size: give --height and --width. Inputs besides the image
    stay inputs, unless --input holds them constant.
    """
    from percept_adv_cli.gradient.run import Fixed, Ports, check_gradient, write_gradient

    if check == (file is not None):
        raise click.UsageError("give either -o OUT.onnx or --check")
    ports = Ports(input_name, output_name)
    fixed = Fixed(height, width, constants)
    if file is None:
        return check_gradient(model, ports, fixed, as_json=as_json)
    return write_gradient(
        model, ports, fixed, file, loss, wrt=wrt, overwrite=overwrite, as_json=as_json
    )
