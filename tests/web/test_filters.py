"""What the pages' scripts write of a filter: the same is read again, and the server understands it as it is meant."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from catalogue.cql2.parse import parse_filter

ROOT = Path(__file__).parent.parent.parent
COLUMNS: list[dict[str, Any]] = [
    {"name": "status", "type": "text", "values": {"active": "Pågående", "planned": "Planerat"}},
    {"name": "speed", "type": "integer", "values": None},
    {"name": "width", "type": "number", "values": None},
    {"name": "start", "type": "date", "values": None},
    {"name": "updated", "type": "datetime", "values": None},
    {"name": "open", "type": "boolean", "values": None},
]
EMPTY: dict[str, Any] = {
    "q": "", "fields": {}, "ranges": {}, "period": {"from": "", "to": ""}, "bbox": None, "shape": None, "own": "",
    "sortby": "",
}  # fmt: skip
FILTERS: list[dict[str, Any]] = [
    EMPTY,
    EMPTY | {"q": "Åsgatan & 5 %", "fields": {"status": "active", "open": "true"}, "sortby": "-start"},
    EMPTY | {"ranges": {"speed": {"from": "30", "to": "50"}, "width": {"from": "", "to": "2.5"}}},
    EMPTY
    | {"ranges": {"start": {"from": "2026-02-28", "to": ""}, "updated": {"from": "2026-03-29", "to": "2026-10-25"}}},
    EMPTY | {"period": {"from": "2026-01-01", "to": ""}, "bbox": [17.2, 59.3, 17.25, 59.4]},
    EMPTY | {"period": {"from": "2026-05-01", "to": "2026-05-01"}},
    EMPTY | {"own": "(speed = 30 OR speed = 50)", "ranges": {"width": {"from": "2", "to": ""}}},
    EMPTY
    | {"shape": [[17.2, 59.3], [17.3, 59.3], [17.25, 59.4]], "own": "speed IN (30, 50) AND width BETWEEN 1 AND 2"},
]  # fmt: skip
#: Conditions that a person wrote, as they are written again.
TEXTS = {
    text: text
    for text in (
        "speed = 30 OR width > 2 AND speed >= 10",
        "(speed = 30 OR width > 2) AND speed >= 10",
        "status LIKE '% AND %' AND NOT open = true",
        "status = 'it''s AND (that'",
        "speed BETWEEN 10 AND 20",
        "speed >= 030",
        "updated >= TIMESTAMP('2026-03-29T10:11:12Z')",
    )
} | {"speed >= 30 AND speed >= 40": "speed >= 40 AND speed >= 30"}


@pytest.fixture(scope="module")
def answered() -> dict[str, Any]:
    node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    asked = {"columns": COLUMNS, "timeZone": "Europe/Stockholm", "filters": FILTERS, "texts": list(TEXTS)}
    script = ROOT / "tests" / "web" / "filters.mjs"
    done = subprocess.run([node, script], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_filter_is_read_again_as_it_was_written(answered: dict[str, Any]) -> None:
    assert answered["again"] == FILTERS


def test_days_begin_where_the_publisher_is(answered: dict[str, Any]) -> None:
    (condition,) = parse_qs(answered["written"][3])["filter"]
    # The clocks are put forward on the first day, and back on the last.
    assert condition == (
        "start >= DATE('2026-02-28') AND updated >= TIMESTAMP('2026-03-28T23:00:00Z') "
        "AND updated < TIMESTAMP('2026-10-25T23:00:00Z')"
    )


def test_periods_and_boxes_are_the_api_s(answered: dict[str, Any]) -> None:
    assert parse_qs(answered["written"][4]) == {"datetime": ["2026-01-01/.."], "bbox": ["17.2,59.3,17.25,59.4"]}
    assert parse_qs(answered["written"][5]) == {"datetime": ["2026-05-01"]}
    assert answered["written"][0] == ""


def test_what_a_person_wrote_means_the_same_when_it_is_written_again(answered: dict[str, Any]) -> None:
    assert dict(zip(TEXTS, answered["conditions"], strict=True)) == TEXTS


def test_the_server_understands_all_that_is_written(answered: dict[str, Any]) -> None:
    fields: dict[str, Any] = {column["name"]: column["type"] for column in COLUMNS}
    written = [condition for search in answered["written"] for condition in parse_qs(search).get("filter", [])]
    assert len(written) == 4
    for condition in [*written, *TEXTS.values()]:
        parse_filter(condition, "cql2-text", fields)
