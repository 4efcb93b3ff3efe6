"""What commands print: numbers, tables, and the database's troubles in words."""

from __future__ import annotations

from functools import cache

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import DBAPIError

from catalogue.database.connections import redact
from catalogue.language import Message, _
from catalogue.problems import WrongUse

#: SQLSTATE classes and codes that a person can do something about.
_DISK_FULL, _OUT_OF_MEMORY = "53100", "53200"


@cache
def console() -> Console:
    """The terminal; wide enough for a table where the output is a file."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=140)


def number(value: int | None) -> str:
    """A number with thin spaces between thousands; a dash for none."""
    return "–" if value is None else f"{value:,}".replace(",", "\u202f")


def file_trouble(error: OSError) -> WrongUse:
    """Which file or folder the system refuses, and why."""
    return WrongUse(_("{file}: {reason}", file=error.filename or "–", reason=error.strerror or str(error)))


def database_trouble(error: DBAPIError) -> WrongUse:
    """What a database's error means, and that nothing was published."""
    state = getattr(error.orig, "sqlstate", None)
    if state == _DISK_FULL:
        return WrongUse(_("The database's disk is full. Nothing was published. Make room, then load again."))
    if state == _OUT_OF_MEMORY:
        return WrongUse(_("The database is out of memory. Nothing was published. Load again with --gentle."))
    reason = database_reason(error)
    if error.connection_invalidated or state is None or state.startswith(("08", "57P")):
        return WrongUse(
            _("The database went away ({reason}). Nothing was published. Load again when it is back.", reason=reason)
        )
    return WrongUse(_("The database refused a statement ({reason}). Nothing was published.", reason=reason))


def database_reason(error: DBAPIError) -> str:
    """The first line of what the database said, without a password."""
    lines = str(error.orig).strip().splitlines()
    return redact(lines[0]) if lines else type(error.orig).__name__


def layer_progress() -> Progress:
    """A bar for each layer, on a terminal; gone at the end."""
    return Progress(
        TextColumn("{task.description:16}"), BarColumn(), TextColumn("{task.fields[step]:12}"), TimeElapsedColumn(),
        console=console(), transient=True, disable=not console().is_terminal,
    )  # fmt: skip


def show_step(progress: Progress, task: TaskID, step: Message, share: float | None) -> None:
    """What is done to a layer, and how much of it is done; None where nobody knows."""
    progress.update(task, total=None if share is None else 1, completed=share or 0, step=str(step))
