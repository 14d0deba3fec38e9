"""Options that say how images enter a model, and the classifier that they describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.constants import constants_option
from percept_adv_cli.shared.options import provider_option, together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from percept_adv.classifier import Classifier


_FIELDS = ("contract", "backend", "layout", "channel_order", "height", "width", "mean", "std")


def _numbers(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> list[float] | None:
    """Read numbers between commas."""
    if value is None:
        return None
    from percept_adv.parameters import read_number

    try:
        return [read_number(number) for number in value.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"{value!r}: give numbers such as 0.485,0.456,0.406 or 1/255"
        ) from None


input_name_option = click.option(
    "--input-name",
    metavar="NAME",
    help="Name of the image input, if the model has several inputs.",
)
"""Add ``--input-name``."""

output_name_option = click.option(
    "--output-name",
    metavar="NAME",
    help="Name of the output with the class scores, if the model has several.",
)
"""Add ``--output-name``."""

classifier_options = together(
    provider_option,
    click.option(
        "--contract",
        metavar="FILE|NAME",
        help="What is done to a file before the model: a TOML file, Hugging Face's "
        "preprocessor_config.json, timm's config.json, a torchvision preset such as resnet50, "
        "keras/tf, keras/torch or keras/caffe. By default the one beside the model.",
    ),
    click.option(
        "--backend",
        type=click.Choice(["pillow", "torch"]),
        help="Whose resizing, for contracts that are used with both libraries; pillow by default.",
    ),
    click.option("--layout", type=click.Choice(["NCHW", "NHWC"]), help="Axes of the input."),
    click.option(
        "--channel-order",
        type=click.Choice(["RGB", "BGR", "grey"]),
        help="Channels of the input.",
    ),
    click.option(
        "--height", type=click.IntRange(1), help="Height of the input, if the model takes any."
    ),
    click.option(
        "--width", type=click.IntRange(1), help="Width of the input, if the model takes any."
    ),
    click.option(
        "--mean",
        metavar="NUMBER,...",
        callback=_numbers,
        help="Subtracted from values in [0, 1]; one number, or one for each channel.",
    ),
    click.option(
        "--std",
        metavar="NUMBER,...",
        callback=_numbers,
        help="Divisor after --mean; 0.00392157 (1/255) for a model that takes values from 0 "
        "to 255.",
    ),
    click.option(
        "--at",
        type=click.Choice(["file", "network"]),
        help="What is perturbed: the file as it is sent, at its own size, or what the "
        "network sees of it. By default the file, if the contract changes the size.",
    ),
    input_name_option,
    constants_option,
    output_name_option,
    click.option(
        "--decision",
        metavar="DECISION",
        help="How the model's output becomes an answer: argmax, topk:K, binary[:THRESHOLD], "
        "multilabel[:THRESHOLD], embedding:cosine:THRESHOLD or embedding:l2:THRESHOLD. "
        "By default what fits the output.",
    ),
    click.option(
        "--reference",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The image that --decision embedding compares with.",
    ),
)
"""Add ``--provider`` and the options of the input contract; see `open_classifier`."""


def _class_names(options: Mapping[str, Any]) -> list[str] | None:
    """Read ``--class-names``, of the commands that have it."""
    from percept_adv.labels import read_class_names

    path = options.get("class_names")
    return None if path is None else read_class_names(path)


def open_classifier(
    model: str, options: Mapping[str, Any], *, batch_size: int | None = None
) -> Classifier:
    """Open a model from the values of `classifier_options`, which may hold others too.

    Options win over the file, the file over the catalogue or what the model's shape tells.
    ``batch_size`` is that of `Classifier`.
    """
    from percept_adv.classifier import Classifier
    from percept_adv.errors import ShapeError

    names = {name: options[name] for name in ("input_name", "output_name")}
    given = {name: options[name] for name in _FIELDS if options[name] is not None}
    try:
        return Classifier(
            model,
            preprocessing=given or None,
            provider=options["provider"],
            batch_size=batch_size,
            at=options["at"],
            class_names=_class_names(options),
            inputs=options["constants"] or None,
            decision=options["decision"],
            reference=options["reference"],
            **names,
        )
    except ShapeError as error:
        raise click.UsageError(f"{model}: {error}") from error
