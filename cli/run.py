"""`kartlagd run`: keeps layers fresh, by schedule and from the drop folder."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType

import click

from catalogue.database.migrate import require_current
from catalogue.language import current_language
from cli.run_job import COMMAND as LOAD
from cli.surroundings import Surroundings
from loaders.runner.clock import Clock
from loaders.runner.runner import Commands, Runner

_FINISH = [sys.executable, "-c", "from cli.main import main; main()", "finish", "--gentle"]
_MAIL = [sys.executable, "-c", "from cli.main import main; main()", "reports", "--send"]


@click.command(
    "run",
    short_help="Keep layers fresh, by schedule and from the drop folder.",
    epilog="Examples: kartlagd run · kartlagd run --once · kartlagd status",
)
@click.option("--once", is_flag=True, help="Do what is due now, then end: for cron and for trying it out.")
@click.option(
    "--finish/--no-finish",
    default=True,
    show_default=True,
    help="Make downloads and tile archives of what was published.",
)
@click.option("--clock", hidden=True, default=None)
def command(once: bool, finish: bool, clock: str | None) -> None:
    """Load layers as their files say (`schedule:`), and files that are put into the drop folder (config/server.yml).

    Runs until it is ended: Ctrl-C or SIGTERM lets running loads end first. One runner works on a database at a time; a
    second one waits, and takes over when the first is gone. `kartlagd status` shows how layers are. Mail about reports
    of faults is sent too, where it is set up.

    With --once the exit code is 1 when a load was refused or failed, and 2 when another runner is at work.
    """
    _log()
    surroundings = Surroundings.find()
    engine = surroundings.engine()
    with engine.connect() as connection:
        require_current(connection)
    environment = {
        "KARTLAGD_HOME": str(surroundings.home),
        "KARTLAGD_DATA": str(surroundings.data.absolute()),
        "KARTLAGD_LANG": current_language(),
        "DATABASE_URL": surroundings.database_url,
    }
    commands = Commands(LOAD, _FINISH if finish else None, _MAIL, environment)
    runner = Runner(engine, surroundings.home, commands, Clock.parse(clock) if clock else Clock(), once=once)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        runner.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    sys.exit(runner.run())


def _log() -> None:
    """One line for each event, to where systemd and containers look for it."""
    handler = logging.StreamHandler(sys.stderr)
    # A journal writes the time itself.
    dated = "" if os.environ.get("JOURNAL_STREAM") else "%(asctime)s "
    handler.setFormatter(logging.Formatter(f"{dated}%(message)s", "%Y-%m-%d %H:%M:%S"))
    logger = logging.getLogger("kartlagd.run")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
