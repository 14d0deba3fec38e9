"""Every command's help has an example, whose options are that command's."""

import shlex

import click
import pytest
from percept_adv_cli.main import cli


def commands(group, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield pytest.param((*path, name), command, id=" ".join((*path, name)))
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize(("path", "command"), list(commands(cli)))
def test_the_example_is_one(path, command, monkeypatch, tmp_path):
    told = command.epilog or ""
    assert told.startswith("Example: percept-adv "), "give the command an epilog with an example"
    words = shlex.split(told.removeprefix("Example: percept-adv "))
    assert tuple(words[: len(path)]) == path
    monkeypatch.chdir(tmp_path)
    for word in words[len(path) :]:
        if word.endswith("/"):
            (tmp_path / word).mkdir(exist_ok=True)
        elif "." in word and "/" not in word and ":" not in word:
            (tmp_path / word).touch()
    command.make_context(" ".join(path), words[len(path) :])
