"""`kartlagd reports`: what the public says is wrong in the layers."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import datetime
from typing import Any, Literal

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from catalogue.database.migrate import require_current
from catalogue.faults.report import KINDS, MAX_NUMBER, STATES, Fault
from catalogue.faults.staff import mark, report, reports, tidy
from catalogue.language import Message, _
from catalogue.problems import WrongUse
from cli.console import console
from cli.surroundings import Surroundings
from loaders.account import account
from loaders.faults.letter import object_address
from loaders.faults.post import post
from loaders.faults.smtp import mail_server

#: A list shows how a text begins.
_BEGINNING = 60


@click.group(
    "reports",
    short_help="Faults that the public has reported: list, read, mark as done.",
    epilog="Examples: kartlagd reports · kartlagd reports show 12 · kartlagd reports done 12 --note 'Corrected' · "
    "kartlagd reports spam 13",
    invoke_without_command=True,
)
@click.option("--layer", help="Only those about this layer.")
@click.option("--all", "everything", is_flag=True, help="Those that are handled, and spam, too.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, texts and e-mail addresses included.")
@click.option("--send", is_flag=True, help="Send mail about new ones instead of listing them; for cron.")
@click.pass_context
def command(context: click.Context, layer: str | None, everything: bool, as_json: bool, send: bool) -> None:
    """List the faults that the public has reported in objects, and that nobody has dealt with yet.

    They come from the form “Report a fault” on the pages. What a load did is told by `kartlagd report`.

    Reports that are dealt with, and spam, are deleted after some time (faults: keep_days in config/server.yml). With
    --send the exit code is 1 where mail could not be sent; `kartlagd run` sends by itself.
    """
    if context.invoked_subcommand:
        if layer or everything or as_json or send:
            raise WrongUse(_("--layer, --all, --json and --send belong to the list, not to one report."))
        return
    surroundings = Surroundings.find()
    engine = _engine(surroundings)
    with engine.begin() as connection:
        tidy(connection, surroundings.files.settings.faults.keep_days)
    if send:
        sys.exit(_send(surroundings, engine))
    with engine.connect() as connection:
        if layer:
            surroundings.require_layer(connection, layer)
        found = reports(connection, layer, everything=everything)
    if as_json:
        click.echo(json.dumps([_as_json(fault, surroundings) for fault in found], ensure_ascii=False, indent=1))
    elif found:
        console().print(_table(found, surroundings))
    else:
        click.echo(_("There are no reports.") if everything else _("There are no new reports."))


@command.command("show", short_help="Read a report.", epilog="Example: kartlagd reports show 12")
@click.argument("number", type=click.IntRange(1, MAX_NUMBER))
def show(number: int) -> None:
    """Show report NUMBER: the object, what is said to be wrong, and where an answer goes."""
    surroundings = Surroundings.find()
    with _engine(surroundings).connect() as connection:
        fault = report(connection, number)
    if fault is None:
        raise _unknown(number)
    facts: list[tuple[Message, str]] = [
        (_("Report"), f"{fault.number} ({STATES[fault.state]})"),
        (_("Received"), _time(fault.received_at)),
        (_("Layer"), fault.layer),
        (_("Object"), fault.feature or "–"),
        (_("Address"), _address(fault, surroundings)),
        (_("Release"), str(fault.release)),
        (_("What is wrong"), str(KINDS[fault.kind])),
        (_("Field"), fault.field or "–"),
        (_("Reply to"), fault.email or "–"),
        (_("Mailed"), _time(fault.mailed_at)),
        (_("Handled"), f"{_time(fault.handled_at)}, {fault.handled_by}" if fault.handled_at else "–"),
        (_("Note"), fault.note or "–"),
    ]
    table = Table(box=None, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(str(name), Text(value))
    console().print(table)
    console().print()
    console().print(Text(fault.text))


@command.command(
    "done",
    short_help="Mark a report as handled.",
    epilog="Examples: kartlagd reports done 12 · kartlagd reports done 12 --note 'Corrected in release 43'",
)
@click.argument("number", type=click.IntRange(1, MAX_NUMBER))
@click.option("--note", help="A remark that is kept with the report.")
def done(number: int, note: str | None) -> None:
    """Mark report NUMBER as handled. Its e-mail address is deleted: answer first."""
    _mark(number, "handled", note)
    click.echo(_("Report {number} is handled.", number=number))


@command.command("spam", short_help="Mark a report as spam.", epilog="Example: kartlagd reports spam 13")
@click.argument("number", type=click.IntRange(1, MAX_NUMBER))
def spam(number: int) -> None:
    """Mark report NUMBER as spam; it is deleted with those that are handled."""
    _mark(number, "spam", None)
    click.echo(_("Report {number} is spam.", number=number))


def _engine(surroundings: Surroundings) -> Engine:
    engine = surroundings.engine()
    with engine.connect() as connection:
        require_current(connection)
    return engine


def _mark(number: int, state: Literal["handled", "spam"], note: str | None) -> None:
    with _engine(Surroundings.find()).begin() as connection:
        if not mark(connection, number, state, account().name, note):
            raise _unknown(number)


def _unknown(number: int) -> WrongUse:
    return WrongUse(_("There is no report {number}; it may have been deleted since.", number=number))


def _send(surroundings: Surroundings, engine: Engine) -> int:
    if surroundings.files.settings.faults.mail is None:
        raise WrongUse(_("No mail is set up: config/server.yml has no faults: mail."))
    server = mail_server()
    if server is None:
        raise WrongUse(_("No server for mail is known: SMTP_URL is not set."))
    posted = post(engine, surroundings.files, server)
    click.echo(_("Mail was sent about {number} reports.", number=posted.sent))
    for number, trouble in posted.failed.items():
        click.echo(_("Report {number}: {reason}", number=number, reason=trouble), err=True)
    if posted.trouble:
        click.echo(posted.trouble, err=True)
    return 1 if posted.failed or posted.trouble else 0


def _table(found: list[Fault], surroundings: Surroundings) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column(str(_("Report")), justify="right")
    for heading in (_("Received"), _("State"), _("Layer"), _("What is wrong"), _("Text")):
        table.add_column(str(heading), overflow="fold")
    table.add_column(str(_("Address")), overflow="fold")
    for fault in found:
        beginning = " ".join(fault.text.split())
        if len(beginning) > _BEGINNING:
            beginning = f"{beginning[:_BEGINNING].rstrip()}…"
        about = f"{KINDS[fault.kind]}: {fault.field}" if fault.field else str(KINDS[fault.kind])
        row = (str(STATES[fault.state]), fault.layer, about, beginning, _address(fault, surroundings))
        table.add_row(str(fault.number), _time(fault.received_at), *map(Text, row))
    return table


def _address(fault: Fault, surroundings: Surroundings) -> str:
    return object_address(surroundings.files.settings.base_url, fault)


def _as_json(fault: Fault, surroundings: Surroundings) -> dict[str, Any]:
    found = dataclasses.asdict(fault) | {"address": _address(fault, surroundings)}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()}


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "–"
