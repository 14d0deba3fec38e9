"""The installed command in this process."""

import sys
from types import SimpleNamespace

import pytest
from percept_adv_cli.main import main


@pytest.fixture
def percept_adv_here(monkeypatch, capsys):
    """Run ``percept-adv ARGUMENT...`` in this process."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["percept-adv", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return SimpleNamespace(returncode=ended.value.code, stdout=said.out, stderr=said.err)

    return run
