"""The command `kartlagd`: chooses the language, finds the subcommand, and turns every error into one clear message."""

from __future__ import annotations

import inspect
import logging
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

import click
from sqlalchemy.exc import DBAPIError

from catalogue.language import LANGUAGES, Message, _, language_of_environment, set_language
from catalogue.problems import KartlagdError
from cli.console import database_trouble, file_trouble

#: Module of each subcommand in `cli/`, imported when it is used: `kartlagd --help` does not wait for GDAL.
COMMANDS = (
    "check", "new", "sample", "load", "report", "preview", "approve", "run", "status", "releases", "diff", "rollback",
    "finish", "serve", "reports", "dcat", "config", "db", "samples", "assessments",
)  # fmt: skip


class Commands(click.Group):
    """The subcommands, each imported from its own file when it is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All names, in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The subcommand of that name, its help in the current language."""
        if name not in COMMANDS:
            return None
        module = __import__(f"cli.{name}", fromlist=["command"])
        command: click.Command = module.command
        translate(command)
        return command


def translate(command: click.Command) -> None:
    """Put the help of a command, its options and its subcommands in the current language."""
    for name in ("help", "short_help", "epilog"):
        if text := getattr(command, name, None):
            setattr(command, name, str(Message(inspect.cleandoc(text))))
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = str(Message(parameter.help))
    if isinstance(command, click.Group) and not isinstance(command, Commands):
        for inner in command.commands.values():
            translate(inner)


def build() -> click.Group:
    """The whole command, in the current language."""
    group = Commands(
        "kartlagd",
        help="Publish a municipality's map layers as open data: every load is a numbered release.",
        epilog="Examples: kartlagd check · kartlagd load roadworks · kartlagd releases roadworks · kartlagd serve",
        params=[
            click.Option(
                ["--lang"], type=click.Choice(LANGUAGES), expose_value=False, help="Language of messages."
            )
        ],
    )  # fmt: skip
    translate(group)
    return group


def chosen_language(arguments: Sequence[str]) -> str:
    """`--lang sv` or `--lang=sv` anywhere among the arguments, else what the environment says."""
    for place, word in enumerate(arguments):
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and place + 1 < len(arguments):
            value = arguments[place + 1]
        if value in LANGUAGES:
            return value
    return language_of_environment()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; ends the process with 0, 1 (refused by the gate) or 2 (wrong use)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that does not know a letter shows a question mark for it.
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    set_language(chosen_language(words))
    logging.basicConfig(level=os.environ.get("KARTLAGD_LOG", "ERROR").upper(), format="%(levelname)s: %(message)s")
    try:
        status = build().main(_language_first(words), prog_name="kartlagd", standalone_mode=False)
    except click.Abort:
        _end(130, _("Interrupted; nothing was published by this command."))
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except KartlagdError as error:
        _end(error.exit_code, error)
    except DBAPIError as error:
        _end(2, database_trouble(error))
    except OSError as error:
        _end(2, file_trouble(error))
    sys.exit(status if isinstance(status, int) else 0)


def _language_first(words: list[str]) -> list[str]:
    """`--lang` is allowed after the subcommand too."""
    for place, word in enumerate(words):
        if word == "--lang" and place + 1 < len(words):
            return [*words[place : place + 2], *words[:place], *words[place + 2 :]]
        if word.startswith("--lang="):
            return [word, *words[:place], *words[place + 1 :]]
    return words


def _end(status: int, what: object) -> None:
    click.echo(str(what), err=True)
    sys.exit(status)
