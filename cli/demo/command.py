"""``percept-adv demo``: three photographs, two attacks, one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from percept_adv_cli.shared.options import overwrite_option, provider_option, quiet_option
from percept_adv_cli.shared.storing import read_store, store_options

if TYPE_CHECKING:
    from percept_adv_cli.shared.exit_codes import ExitCode


@click.command(epilog="Example: percept-adv demo -o out/")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    default=Path("out"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for the pictures, demo.json and index.html.",
)
@store_options
@provider_option
@overwrite_option
@quiet_option
def demo(output: Path, provider: str, overwrite: bool, quiet: bool, **options: Any) -> ExitCode:
    """Attack three photographs with C&W and smooth C&W, and show what can be seen of it.

    Writes into OUT the page index.html; for each photograph both adversarial images, their
    perturbations and the magnified images; and demo.json with every figure. An earlier demo that
    was made otherwise is refused.
    """
    from percept_adv_cli.demo.run import run_demo

    return run_demo(
        output, store=read_store(options), provider=provider, overwrite=overwrite, quiet=quiet
    )
