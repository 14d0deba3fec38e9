"""``percept-adv doctor``: what is installed, what works, and what does not."""

from __future__ import annotations

from typing import Any

import click
from percept_adv_cli.shared.exit_codes import ExitCode
from percept_adv_cli.shared.messages import print_error, print_json
from percept_adv_cli.shared.options import json_option, provider_option


@click.command(epilog="Example: percept-adv doctor --provider cuda")
@provider_option
@json_option
def doctor(provider: Any, as_json: bool) -> ExitCode:
    """Show versions and providers, check the bundled models, and run a self-test.

    One line for each check: ok, FAILED, or -- for information only. "nodes of MODEL" is how
    many nodes of a gradient graph the provider really takes; --json gives them by operator.
    The exit code is 1 if a check failed, and 3 if the provider that was asked for does not work.
    """
    from percept_adv_cli.doctor.checks import all_checks
    from percept_adv_cli.doctor.facts import all_facts

    from percept_adv.errors import ProviderError
    from percept_adv.runtime import resolve_provider

    for name, detail in all_facts():
        _show("told", name, detail, as_json=as_json)
    try:
        resolve_provider(provider)
    except ProviderError as error:
        _show("failed", f"provider {provider}", str(error), as_json=as_json)
        raise
    outcome = ExitCode.FINE
    for name, check in all_checks(provider):
        values: dict[str, Any] = {}
        try:
            found = check()
            detail, status, values = found.detail, "ok", found.values
        except Exception as error:  # noqa: BLE001 (whatever goes wrong is what is looked for)
            detail, status = f"{type(error).__name__}: {error}", "failed"
            outcome = ExitCode.SOME_FAILED
        _show(status, name, detail, as_json=as_json, **values)
    if outcome is not ExitCode.FINE:
        print_error("the self-test failed: reinstall percept-adv, or report the lines above")
    return outcome


def _show(status: str, name: str, detail: str, *, as_json: bool, **values: Any) -> None:
    if as_json:
        print_json({"check": name, "status": status, "detail": detail} | values)
        return
    mark = {"ok": "ok", "failed": "FAILED", "told": "--"}[status]
    click.echo(f"{mark:8}{name:30}{' '.join(detail.split())}")
