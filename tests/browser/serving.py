"""The installed command as a server, and the sizes of windows."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

COMMAND = Path(sys.executable).with_name("percept-adv")
WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}


@contextmanager
def served(*arguments):
    """Run ``percept-adv inspect`` and give the address that it prints first."""
    command = [COMMAND, "inspect", *map(str, arguments), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(timeout=20)
