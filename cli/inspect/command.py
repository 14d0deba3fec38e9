"""``percept-adv inspect``: look at images and at what attacks made of them, in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from percept_adv_cli.shared.detection import detection_options, open_scoring
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error, print_note
from percept_adv_cli.shared.numbers import NumberRange
from percept_adv_cli.shared.options import inputs_argument


def _slider(name: str, values: click.ParamType[float], default: float, text: str) -> Any:
    """Return the option for where a slider of the page stands at first."""
    return click.option(name, type=values, default=default, show_default=True, help=text)


@click.command(epilog="Example: percept-adv inspect suspicious/ --reference originals/")
@inputs_argument
@click.option(
    "--reference",
    type=click.Path(exists=True, path_type=Path),
    metavar="CLEAN",
    help="The clean image, or a folder of clean images of the same names; an image without one "
    "is shown alone. For a folder that attack wrote: the folder of its --originals.",
)
@_slider("--gain", NumberRange(0.01, 1000), 1.0, "Contrast of the magnified image.")
@_slider("--beta", NumberRange(0, 1), 0.8, "Global contrast (0), local contrast (1), or a mixture.")
@_slider("--domain-sigma", NumberRange(0.3, 20), 5.0, "Reach of the bilateral filter, in pixels.")
@_slider("--range-sigma", NumberRange(0.001, 10), 0.2, "Its tolerance, values from 0 to 1.")
@detection_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port on 127.0.0.1; by default any free one.",
)
@click.option("--no-browser", is_flag=True, help="Print the address only, and open no browser.")
def inspect(
    inputs: tuple[Path, ...],
    reference: Path | None,
    model: str | None,
    calibration: Path | None,
    port: int,
    no_browser: bool,
    **settings: Any,
) -> ExitCode:
    """Open a page that shows images beside what magnification makes of them.

    IN... are image files or folders; or one RUN folder of evaluate; or folders that attack wrote,
    one for each attack. The page's address is the first line on stdout. It is reachable from
    this machine only, and reads no other file. Ctrl+C ends it.
    """
    from percept_adv.errors import ParameterError

    try:
        from percept_adv.inspection import serve
    except ModuleNotFoundError as error:
        raise ParameterError(
            f"inspect needs the package {error.name}: pip install 'percept-adv[inspect]'"
        ) from error
    from percept_adv_cli.inspect.inputs import open_library
    from percept_adv_cli.magnify.rank import NOTE

    from percept_adv.inspection import Settings

    def started(address: str) -> None:
        click.echo(address)
        print_error("Ctrl+C ends the page")
        if not no_browser:
            click.launch(address)

    library = open_library(inputs, reference)
    for note in library.notes:
        print_note(note)
    scoring = open_scoring(model, calibration, quiet=False)
    serve(
        library,
        Settings(**settings),
        port=port,
        note=NOTE,
        started=started,
        scores=None if scoring is None else scoring.statistics,
        **({} if scoring is None else {"quantiles": scoring.shown}),
    )
    return ExitCode.FINE
