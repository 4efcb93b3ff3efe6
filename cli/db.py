"""`kartlagd db`: the private PostGIS, and the migrations of any database."""

from __future__ import annotations

import sys

import click

from catalogue.database.migrate import migrate
from catalogue.language import _
from cli.surroundings import Surroundings


@click.group("db", short_help="Start, stop and migrate the database.", epilog="Example: kartlagd db start")
def command() -> None:
    """Start, stop and migrate the database.

    Without DATABASE_URL, Kartlagd keeps a private PostGIS of its own, reached from this machine only.
    """


@command.command("start", epilog="Example: kartlagd db start")
def start() -> None:
    """Start the private PostGIS; it is made first where there is none."""
    cluster = Surroundings.find().cluster
    started = cluster.start()
    port = cluster.status().port
    if started:
        click.echo(_("The private database runs on port {port}.", port=port))
    else:
        click.echo(_("The private database runs already, on port {port}.", port=port))


@command.command("stop", epilog="Example: kartlagd db stop")
def stop() -> None:
    """Stop the private PostGIS; what it holds stays."""
    click.echo(_("The private database is stopped.") if Surroundings.find().cluster.stop() else _("It does not run."))


@command.command("status", epilog="Example: kartlagd db status")
def status() -> None:
    """Say whether the private PostGIS runs; the exit code is 0 when it does, else 1."""
    found = Surroundings.find().cluster.status()
    if found.version is None:
        click.echo(_("There is no private database yet. Make it: kartlagd db start"))
    elif found.running:
        click.echo(
            _("PostgreSQL {version} runs on port {port}; its files are in {folder}.",
              version=found.version, port=found.port, folder=found.folder)
        )  # fmt: skip
    else:
        click.echo(
            _(
                "PostgreSQL {version} does not run; its files are in {folder}.",
                version=found.version,
                folder=found.folder,
            )
        )
    sys.exit(0 if found.running else 1)


@command.command("migrate", epilog="Example: kartlagd db migrate")
def migrations() -> None:
    """Prepare the database for this version of the program; a second time changes nothing."""
    applied = migrate(Surroundings.find().engine())
    for step in applied:
        click.echo(_("Applied {name}.", name=step.path.stem))
    if not applied:
        click.echo(_("The database is up to date."))
