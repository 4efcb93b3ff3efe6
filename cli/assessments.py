"""`kartlagd assessments`: the register of assessments, for the data protection officer."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from catalogue.assessment import PARTS
from catalogue.feature_schema import in_language
from catalogue.field import LanguageText
from catalogue.language import Message, _, current_language
from catalogue.personal import KINDS
from catalogue.problems import WrongUse, did_you_mean
from catalogue.register import Entry, State, register
from cli.console import console
from cli.surroundings import Surroundings

_STATES: dict[State, tuple[Message, str]] = {
    "in force": (_("in force"), "green"),
    "ends soon": (_("ends soon"), "yellow"),
    "outdated": (_("outdated"), "red"),
    "undecided": (_("undecided"), "red"),
    "not assessed": (_("not assessed"), ""),
    "unreadable": (_("layer file cannot be read"), "red"),
}
_STATUSES = {"published": _("published"), "planned": _("planned"), "withheld": _("withheld")}
_OUTCOMES = {
    "none": _("nothing of the kind"), "removed": _("taken away"), "permitted": _("may be published"),
    "own": _("own works"),
}  # fmt: skip


@click.command(
    "assessments",
    short_help="The register of assessments.",
    epilog="Examples: kartlagd assessments · kartlagd assessments --layer reports · "
    "kartlagd assessments --format csv --output register.csv",
)
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
    help="csv opens in a spreadsheet as it is used in Sweden.",
)  # fmt: skip
@click.option("--layer", "layers", multiple=True, help="This layer alone; may be given several times.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write into this file.")
def command(form: str, layers: tuple[str, ...], output: Path | None) -> None:
    """List what was assessed before each layer was opened: by whom, when, under which case number, and until when.

    Planned and withheld layers are listed too, with the ground of what is withheld. No database is needed.
    """
    files = Surroundings.find().files
    known = sorted(files.layer_files.keys() | files.broken)
    for name in layers:
        if name not in known:
            suggestion = did_you_mean(name, known) or _("There are: {layers}.", layers=", ".join(known))
            raise WrongUse(_("There is no layer “{id}”. {suggestion}", id=name, suggestion=suggestion))
    entries = register(files, date.today(), layers)
    if form == "table":
        console().print(_table(entries))
        return
    content = _csv(entries) if form == "csv" else _json(entries)
    if output:
        output.write_bytes(content)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()


def _table(entries: list[Entry]) -> Table:
    table = Table(box=None, header_style="bold")
    heads = (_("Layer"), _("Part"), _("Outcome"), _("Decided by"), _("Case"), _("Date"), _("Valid until"), _("State"))
    for head in heads:
        table.add_column(str(head), overflow="fold")
    before = ""
    for entry in entries:
        words, style = _STATES[entry.state]
        cells = _cells(entry)
        name = entry.layer if entry.layer != before else ""
        shown = [name, *(cells[key] for key in ("part", "outcome", "by", "case", "date", "valid_until"))]
        left = f" ({entry.days_left})" if entry.state == "ends soon" else ""
        table.add_row(*shown, Text(f"{words}{left}", style=style))
        before = entry.layer
    return table


def _csv(entries: list[Entry]) -> bytes:
    """Semicolons, and a byte order mark: so a Swedish spreadsheet opens it right."""
    heads = {
        "layer": _("Layer"), "title": _("Title"), "publisher": _("Publisher"), "status": _("Status"),
        "withheld": _("Ground for withholding"), "part": _("Part"), "outcome": _("Outcome"), "ground": _("Ground"),
        "by": _("Decided by"), "case": _("Case"), "date": _("Date"), "valid_until": _("Valid until"),
        "days_left": _("Days left"), "covers": _("Covers"), "sample": _("Sample read"), "state": _("State"),
    }  # fmt: skip
    made = io.StringIO(newline="")
    writer = csv.writer(made, delimiter=";", lineterminator="\r\n")
    writer.writerow([str(head) for head in heads.values()])
    for entry in entries:
        cells = _cells(entry)
        writer.writerow([_no_formula(cells[key]) for key in heads])
    return made.getvalue().encode("utf-8-sig")


def _no_formula(text: str) -> str:
    """A spreadsheet takes a text that begins like this for a formula, unless it is marked as text."""
    number = text.lstrip("-").isdigit()
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) and not number else text


def _cells(entry: Entry) -> dict[str, str]:
    """What people read, in their language."""
    said, personal = entry.said, entry.personal
    covers = personal.covers if personal else {}
    sample = personal.sample if personal else None
    return {
        "layer": entry.layer,
        "title": _text(entry.title),
        "publisher": entry.publisher,
        "status": str(_STATUSES[entry.status]) if entry.status else "",
        "withheld": _text(entry.ground),
        "part": str(PARTS[entry.part]),
        "outcome": str(_OUTCOMES[said.outcome]) if said else "",
        "ground": _text(said.ground or {}) if said else "",
        "by": said.by if said else "",
        "case": said.case if said else "",
        "date": said.date.isoformat() if said else "",
        "valid_until": said.valid_until.isoformat() if said and said.valid_until else "",
        "days_left": "" if entry.days_left is None else str(entry.days_left),
        "covers": "; ".join(
            f"{name}: {', '.join(str(KINDS[kind]) for kind in kinds)}" for name, kinds in covers.items()
        ),
        "sample": (
            str(_("{rows} rows, {by}, {date}", rows=sample.rows, by=sample.by, date=sample.date.isoformat()))
            if sample
            else ""
        ),
        "state": str(_STATES[entry.state][0]),
    }


def _text(texts: LanguageText) -> str:
    return in_language(texts, current_language())


def _json(entries: list[Entry]) -> bytes:
    """One object for each layer, with its parts as the layer file has them."""
    layers: dict[str, dict[str, Any]] = {}
    for entry in entries:
        layer = layers.setdefault(
            entry.layer,
            {"layer": entry.layer, "title": entry.title, "publisher": entry.publisher, "status": entry.status,
             "ground": entry.ground, "parts": {}},
        )  # fmt: skip
        said = entry.said.model_dump(mode="json", exclude_none=True) if entry.said else {}
        layer["parts"][entry.part] = {**said, "state": entry.state, "days_left": entry.days_left}
    return (json.dumps(list(layers.values()), ensure_ascii=False, indent=2) + "\n").encode()
