"""`kartlagd approve`: publish a release that waits for a person, or reject it."""

from __future__ import annotations

import sys

import click

from catalogue.database.migrate import require_current
from catalogue.language import _
from cli.finish import after_publishing, finish_option
from cli.surroundings import Surroundings
from loaders import approval
from loaders.account import account


@click.command(
    "approve",
    short_help="Publish a release that waits for approval.",
    epilog="Examples: kartlagd approve roadworks · kartlagd approve roadworks --note 'KS 2026/114' · "
    "kartlagd approve --reject roadworks --note 'Wrong file'",
)
@click.argument("layer")
@click.option("--note", help="A remark that is kept with the release.")
@click.option("--reject", is_flag=True, help="Delete it instead; the same source is not held again by itself.")
@finish_option
def command(layer: str, note: str | None, reject: bool, when: str) -> None:
    """Publish the release of LAYER that waits for approval, as a release like any other.

    Your account is recorded with it. With four eyes (layer file or config/server.yml) it must be another than the one
    that loaded.
    """
    surroundings = Surroundings.find()
    engine = surroundings.engine()
    with engine.connect() as connection:
        require_current(connection)
        surroundings.require_layer(connection, layer)
    who = account()
    if reject:
        approval.reject(engine, layer, who, note)
        click.echo(_("{layer}: rejected by {account}; nothing was published.", layer=layer, account=who.name))
        return
    files = surroundings.files
    described, settings = files.layer(layer), files.settings
    own = described.approve.four_eyes
    four_eyes = settings.four_eyes if own is None else own
    number = approval.approve(engine, described, who, note, four_eyes=four_eyes, shared=settings.shared_accounts)
    click.echo(
        _("{layer}: release {number} is published, approved by {account}.",
          layer=layer, number=number, account=who.name)
    )  # fmt: skip
    sys.exit(after_publishing(surroundings, engine, [layer], when))
