"""The command in this process, which saves the seconds of importing everything again."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from types import SimpleNamespace
from unittest.mock import patch

from percept_adv_cli.main import main


def percept_adv(*arguments):
    """Run ``percept-adv ARGUMENT...`` and return its code and what it said."""
    out, err = StringIO(), StringIO()
    with (
        patch.object(sys, "argv", ["percept-adv", *map(str, arguments)]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())
