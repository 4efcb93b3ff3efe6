"""What became of a dropped file, told beside it: in `reports/` of the layer's folder, in the publisher's language.

Whoever may put files into the folder may read there, and nobody else: the folder is the group's that the layer's folder
has. No route of the server leads to it.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.problems import KartlagdError
from loaders.load import Result
from loaders.rejected import KEPT_DAYS
from loaders.report import told_of
from loaders.report.page import page
from loaders.runner.items import REPORTS

_FOLDER_MODE, _FILE_MODE = 0o750, 0o640
#: What this module writes; nothing else is ever removed from the folder.
_ROWS = re.compile(r"^\d{4}-\d\d-\d\d \d{4} .+\.(gpkg|csv)$")
#: Not possible in names of files in Windows.
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def language_of(languages: Sequence[str]) -> str:
    """The first of a publisher's languages that messages are written in; else English."""
    return next((language for language in languages if language in ("sv", "en")), "en")


def write_report(
    folder: Path, layer: Layer, outcome: Result | KartlagdError, title: Message, now: datetime, language: str
) -> Path:
    """Write the page of a load, and its rejected rows beside it; `now` is in the publisher's time zone.

    Raises OSError where the folder cannot be written to.
    """
    made = _made(folder)
    path = _free(made, f"{now:%Y-%m-%d %H%M} {layer.id} - {title.render(language)}", ".html")
    _write(path, page(told_of(outcome, layer), language))
    rejected = outcome.rejected_file if isinstance(outcome, Result) else None
    if rejected is not None and rejected.exists():
        rows = _("rejected rows").render(language)
        copy = _free(made, f"{now:%Y-%m-%d %H%M} {layer.id} - {rows}", rejected.suffix)
        shutil.copyfile(rejected, copy)
        os.chmod(copy, _FILE_MODE)
    _purge(made)
    return path


def write_note(folder: Path, layer: str, title: Message, lines: Sequence[object], now: datetime, language: str) -> Path:
    """Write a short text of a file that was not loaded. Raises OSError where the folder cannot be written to."""
    path = _free(_made(folder), f"{now:%Y-%m-%d %H%M} {layer} - {title.render(language)}", ".txt")
    said = [line.render(language) if isinstance(line, Message) else str(line) for line in lines]
    # With a byte order mark and the line ends of Windows, so that the simplest of its editors shows it right.
    _write(path, "\ufeff" + "\r\n".join([*said, ""]))
    return path


def _made(folder: Path) -> Path:
    made = folder / REPORTS
    if not made.exists():
        made.mkdir(mode=0o700)
        # Without the right to give it to that group it stays this account's alone.
        with suppress(OSError):
            os.chown(made, -1, folder.stat().st_gid)
            os.chmod(made, _FOLDER_MODE)
    return made


def _free(folder: Path, name: str, suffix: str) -> Path:
    name = _FORBIDDEN.sub("-", name)
    path, again = folder / f"{name}{suffix}", 1
    while path.exists():
        again += 1
        path = folder / f"{name} ({again}){suffix}"
    return path


def _write(path: Path, content: str) -> None:
    path.write_text(content, "utf-8", newline="")
    os.chmod(path, _FILE_MODE)
    with suppress(OSError):
        os.chown(path, -1, path.parent.stat().st_gid)


def _purge(folder: Path) -> None:
    """Rejected rows are kept here no longer than anywhere else."""
    oldest = time.time() - KEPT_DAYS * 86_400
    for path in folder.iterdir():
        if _ROWS.match(path.name) and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
