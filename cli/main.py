"""The command ``percept-adv``: finds subcommands by name and turns errors into exit codes."""

from __future__ import annotations

import io
import logging
import os
import sys
from importlib import import_module
from pathlib import Path

import click
from percept_adv_cli.shared.attempts import is_full
from percept_adv_cli.shared.exit_codes import ExitCode, exit_code_of
from percept_adv_cli.shared.messages import print_error, print_note

_COMMANDS = {
    "attack": "attack.command",
    "attacks": "attacks.command",
    "calibrate": "calibrate.command",
    "compare": "evaluate.compare",
    "demo": "demo.command",
    "doctor": "doctor.command",
    "evaluate": "evaluate.command",
    "explain": "explain.command",
    "gradient": "gradient.command",
    "inspect": "inspect.command",
    "magnify": "magnify.command",
    "metrics": "metrics.command",
    "models": "models.command",
    "report": "evaluate.report",
    "smooth": "smooth.command",
    "transfer": "evaluate.transfer",
}
"""The module of each command."""

_OF_MODELS = ("jpeglib", "matplotlib", "onnx", "onnxruntime")
"""Packages that requirements/images.txt leaves out."""


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Return the names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of one command."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"{__package__}.{_COMMANDS[cmd_name]}")
        command = getattr(module, cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.{cmd_name} is no click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one: click knows only those it has imported."""
        name = args[0]
        if name in _COMMANDS or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        from percept_adv.parameters import suggestion

        near = suggestion(name, _COMMANDS) or f"use one of {', '.join(_COMMANDS)}"
        raise click.UsageError(f"there is no command {name!r}: {near.strip()}", ctx)


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: percept-adv demo -o out/",
)
@click.version_option(package_name="percept-adv")
def cli() -> None:
    """Adversarial examples seen from the perceptual side.

    Make hidden perturbations visible, smooth them, measure them, and attack your own
    ONNX classifiers to see how robust they are.
    """


def main() -> None:
    """Run the command line and exit with the code that the outcome calls for."""
    library, notes = logging.getLogger("percept_adv"), _Notes()
    library.addHandler(notes)
    library.setLevel(logging.INFO)
    try:
        sys.exit(_run())
    finally:
        library.removeHandler(notes)


class _Notes(logging.Handler):
    """Tells on stderr what the library has to say while it works."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        print_note(record.getMessage())


def _run() -> int:
    from percept_adv.errors import PerceptAdvError

    _open_what_is_closed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files may hold what the encoding of the terminal does not.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        outcome = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        print_error("interrupted; what was finished is kept")
        return ExitCode.INTERRUPTED
    except PerceptAdvError as error:
        print_error(str(error))
        return exit_code_of(error)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _OF_MODELS:
            raise
        print_error(
            f"this command needs the package {package}, which is not installed: "
            "pip install percept-adv installs all that models need"
        )
        return ExitCode.PROVIDER_UNAVAILABLE
    except OSError as error:
        if not is_full(error):
            raise
        print_error(f"cannot write to standard output or a temporary file: {error.strerror}")
        _discard_output()
        outcome = ExitCode.SOME_FAILED
    return outcome if isinstance(outcome, int) else ExitCode.FINE


def _open_what_is_closed() -> None:
    """Let what is printed go nowhere where the caller closed standard output or error."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (to the end)
            setattr(sys, name, nowhere)


def _discard_output() -> None:
    """Let what could not be written go nowhere: Python writes it once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
