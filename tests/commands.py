"""Command lines held against the commands that there are."""

from __future__ import annotations

import click

from cli.main import build


def refusal(arguments: list[str]) -> str | None:
    """What click has against a command line, parsed without running it; None where it is right."""
    command: click.Command = build()
    context: click.Context | None = None
    try:
        while True:
            context = command.make_context(command.name, list(arguments), parent=context)
            if not isinstance(command, click.Group):
                return None
            rest = [*context._protected_args, *context.args]
            if not rest and command.invoke_without_command:
                return None
            _, found, arguments = command.resolve_command(context, rest)
            assert found is not None
            command = found
    except click.ClickException as error:
        return error.format_message()
