"""The help of every command speaks Swedish to those who ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import copy_context

import click
import pytest

from catalogue.language import set_language
from catalogue.messages import read
from cli.main import build

SWEDISH = {str(entry.string) for entry in read("sv") if entry.id}


def commands(language: str) -> list[tuple[str, click.Command]]:
    def speak() -> list[tuple[str, click.Command]]:
        set_language(language)
        return list(_below("kartlagd", build()))

    return copy_context().run(speak)


def _below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _below(f"{path} {name}", inner)


@pytest.mark.parametrize(("path", "command"), commands("en"))
def test_every_command_is_explained_and_has_an_example(path: str, command: click.Command) -> None:
    assert command.help and command.epilog, path
    assert "kartlagd" in command.epilog, path
    for option in command.params:
        assert not isinstance(option, click.Option) or option.hidden or option.help, f"{path} {option.opts}"


@pytest.mark.parametrize(("path", "command"), commands("sv"))
def test_the_help_is_in_swedish(path: str, command: click.Command) -> None:
    shown = [command.help, command.epilog]
    shown += [option.help for option in command.params if isinstance(option, click.Option) and not option.hidden]
    assert {text for text in shown if text not in SWEDISH} == set(), path
