from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.field import Origin
from catalogue.layer import Layer, LayerField
from catalogue.layer_file import Gate, Publication, Retention, SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.conform import Conform
from loaders.numbers import fast_numbers, parse_number
from loaders.sources import SourceInfo


def field(name: str, kind: str, column: str | None = None, **more: Any) -> LayerField:
    names = {"values_from": "values", "value": "value", "format": "format"}
    origin = {names[key]: more.pop(key) for key in list(more) if key in names}
    return LayerField(name=name, type=kind, title={"sv": name}, origin=Origin(column=column, **origin), **more)  # type: ignore[arg-type]


def layer(*fields: LayerField, identity: Sequence[str] = ("content",), decimal: Any = None) -> Layer:
    return Layer(
        id="x", publisher="exempelby", area=(10, 55, 20, 70), time_zone="Europe/Stockholm", title={"sv": "x"},
        description={}, keywords={}, model=None, standards=[], source=SourceFile(path="x.csv", decimal=decimal),
        identity=list(identity), geometry="any", time=None, fields=list(fields), gate=Gate(), retention=Retention(),
        publish=Publication(licence="CC0-1.0"),
    )  # fmt: skip


def info(**columns: pa.DataType) -> SourceInfo:
    return SourceInfo(kind="CSV", files=[Path("x.csv")], columns=columns)


def batch(**columns: Any) -> pa.RecordBatch:
    arrays = {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()}
    count = len(next(iter(arrays.values())))
    return pa.RecordBatch.from_pydict({**arrays, "_wkb": pa.nulls(count, pa.binary())})


def conformed(kind: str, column: Any, **more: Any) -> tuple[list[Any], list[str | None], Conform]:
    """The published values of one column, the reasons of its rows in words, and what conformed it."""
    decimal = more.pop("decimal", None)
    source = column if isinstance(column, pa.Array) else pa.array(column)
    conform = Conform(layer(field("f", kind, "Kol", **more), decimal=decimal), info(Kol=source.type))
    made = conform.conform(batch(Kol=source))
    assert made.schema == conform.schema
    errors = [said and json.loads(said) for said in made.column("_error").to_pylist()]
    return made.column("f").to_pylist(), [e and e["template"].format_map(e["values"]) for e in errors], conform


def accepted(kind: str, column: Any, **more: Any) -> list[Any]:
    found, errors, _conform = conformed(kind, column, **more)
    assert errors == [None] * len(found)
    return found


def rejected(kind: str, value: Any, **more: Any) -> str:
    found, errors, _conform = conformed(kind, [value], **more)
    assert found == [None] and errors[0] is not None
    return errors[0]


def test_text_is_normalised_trimmed_and_freed_of_controls() -> None:
    decomposed = "A\u030angsga\u0308rden"
    values = [decomposed, "  hej \u00a0", "", "   ", None, "a\x00b\x0cc", "rad 1\r\nrad 2", "x\x85y", "C\u2126"]
    expected = ["Ångsgärden", "hej", None, None, None, "abc", "rad 1\r\nrad 2", "xy", "C\u03a9"]
    found, errors, conform = conformed("text", values)
    assert found == expected and not any(errors)
    assert [note.values["count"] for note in conform.notes] == [2]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_text_of_any_kind_fits_into_a_database(values: list[str]) -> None:
    for value in accepted("text", pa.array(values, pa.string())):
        assert value is None or (value == value.strip() and value and "\0" not in value)


def test_numbers_become_text_without_tails() -> None:
    assert accepted("text", [12.0, 1.5, math.nan, -0.0, 2e15]) == ["12", "1.5", None, "0", "2000000000000000"]
    assert accepted("text", [True, None]) == ["true", None]
    assert accepted("text", [date(2026, 2, 28)]) == ["2026-02-28"]


def test_padding_of_a_dbf_does_not_show_in_text() -> None:
    columns = info(N=pa.float64(), D=pa.date32(), L=pa.bool_())
    conform = Conform(layer(field("n", "text", "N"), field("d", "text", "D"), field("l", "text", "L")), columns)
    made = conform.conform(batch(N=["5.70000", "abc"], D=["20260228", None], L=["T", "F"]))
    assert made.column("n").to_pylist() == ["5.7", "abc"]
    assert made.column("d").to_pylist() == ["2026-02-28", None]
    assert made.column("l").to_pylist() == ["true", "false"]


def test_numbers_as_people_write_them() -> None:
    texts = ["1,5", "1 234,5", "1\u202f234", "12'345.5", "1.234,5", "1,234.5", "-7", "\u22127", "1e3", ".5", "", None]
    assert accepted("number", texts) == [1.5, 1234.5, 1234, 12345.5, 1234.5, 1234.5, -7, -7, 1000, 0.5, None, None]
    assert accepted("number", ["1.234", "5"], decimal=",") == [1234, 5]
    assert accepted("number", ["1,234"], decimal=".") == [1234]
    assert accepted("number", ["1,234", "0,5"]) == [1.234, 0.5]
    assert accepted("integer", ["12", " 1 234 ", "12,0", None]) == [12, 1234, 12, None]
    assert accepted("integer", [12.0, None]) == [12, None]
    assert accepted("integer", ["9223372036854775807", "-9223372036854775808"]) == [2**63 - 1, -(2**63)]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("integer", "två", "row 1, column “Kol”: “två” is no whole number"), ("integer", "12,5", "no whole number"),
        ("integer", 12.5, "“12.5” is no whole number"), ("integer", "9223372036854775808", "no whole number"),
        ("integer", "0x10", "no whole number"), ("integer", math.inf, "no whole number"),
        ("number", "två", "“två” is no number"), ("number", "1 2", "no number"), ("number", "inf", "no number"),
        ("number", -math.inf, "no number"), ("number", "1.2.3,4,5", "no number"), ("number", "12 m", "no number"),
        ("number", True, "no number"), ("boolean", "kanske", "neither yes nor no"), ("boolean", 2, "neither yes"),
        ("date", "2026-02-30", "“2026-02-30” is no date"), ("date", "20260230", "no date"), ("date", "igår", "no date"),
        ("datetime", "2026-02-30T10:00:00Z", "no time"), ("datetime", "2026-02-28 25:00", "no time"),
        ("datetime", 5, "no time"), ("object", "{a: 1}", "no JSON"), ("object", '{"a": NaN}', "no JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_rejects_its_row_alone(kind: str, value: Any, words: str) -> None:
    assert words in rejected(kind, value)


def test_one_wrong_value_leaves_the_others() -> None:
    found, errors, _conform = conformed("number", ["1,5", "två", "2,5", None])
    assert found == [1.5, None, 2.5, None]
    assert [error is not None for error in errors] == [False, True, False, False]


def test_nan_is_null_and_counted() -> None:
    for values in ([1.0, math.nan, None], ["1", "NaN", ""]):
        for kind in ("number", "integer"):
            found, errors, conform = conformed(kind, values)
            assert found == [1, None, None] and not any(errors)
            assert [note.values["count"] for note in conform.notes] == [1]


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([".", ","]))
def test_the_quick_and_the_careful_reading_agree(number: float, sign: str) -> None:
    text = repr(number).replace(".", sign)
    quick = fast_numbers(pa.array([text]))
    assert quick is not None
    assert quick[0].as_py() == parse_number(text) == number


@given(st.text(alphabet="0123456789.,+-eE '\u00a0naif", max_size=8))
def test_what_is_quick_is_never_looser(text: str) -> None:
    quick = fast_numbers(pa.array([text]))
    if quick is not None:
        assert quick[0].as_py() == parse_number(text)


def test_booleans() -> None:
    words = ["Ja", "NEJ", "true", "0", "1", "x", "", None]
    assert accepted("boolean", words) == [True, False, True, False, True, True, None, None]
    assert accepted("boolean", [0, 1, None]) == [False, True, None]


def test_dates() -> None:
    texts = ["2026-02-28", "20260301", "2026/03/01", "2026-03-01T10:00", "2022-05-01Z", None]
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1), date(2022, 5, 1), None]
    assert accepted("date", texts) == days
    assert accepted("date", ["28.2.2026", ""], format="%d.%m.%Y") == [date(2026, 2, 28), None]
    assert "no date" in rejected("date", "30.2.2026", format="%d.%m.%Y")
    # half past eleven in the evening in UTC is the next day in Sweden
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert accepted("date", [late]) == [date(2026, 7, 2)]
    assert accepted("date", ["2026-07-01T22:30:00Z"]) == [date(2026, 7, 2)]


def test_times_without_an_offset_are_local() -> None:
    summer, winter = datetime(2026, 7, 1, 8, tzinfo=UTC), datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert accepted("datetime", ["2026-07-01T10:00:00", "2026-01-01 10:00"]) == [summer, winter]
    assert accepted("datetime", ["2026-07-01T10:00:00", "2026-01-01T09:00:00Z"]) == [summer, winter]
    assert accepted("datetime", ["2026-07-01T11:00:00+03:00", None]) == [summer, None]
    assert accepted("datetime", ["2026/07/01 08:00:00+00"]) == [summer]
    assert accepted("datetime", ["1.7.2026 kl 10"], format="%d.%m.%Y kl %H") == [summer]
    assert accepted("datetime", [date(2026, 7, 2)]) == [datetime(2026, 7, 1, 22, tzinfo=UTC)]
    assert accepted("datetime", pa.array([datetime(2026, 7, 1, 10)], pa.timestamp("ms"))) == [summer]


@pytest.mark.parametrize("slow", [False, True])
def test_local_times_around_the_change_of_offset_take_the_earlier_offset(slow: bool) -> None:
    gap, twice, fine = "2026-03-29 02:30", "2026-10-25 02:30", "2026-05-01 12:00"
    # a value with an offset beside them sends the column down the careful way
    values = [gap, twice, fine, *(["2026-01-01T00:00:00+05:00"] if slow else [])]
    found, errors, conform = conformed("datetime", values)
    assert not any(errors)
    zone = ZoneInfo("Europe/Stockholm")
    expected = [datetime.fromisoformat(value).replace(tzinfo=zone, fold=0).astimezone(UTC) for value in values[:3]]
    assert found[:3] == expected == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 5, 1, 10, tzinfo=UTC),
    ]  # fmt: skip
    assert sorted(note.template.split(" local times ")[1][:12] for note in conform.notes) == [
        "do not exist",
        "exist twice ",
    ]


def test_objects_are_json() -> None:
    assert accepted("object", ['{ "a": [1, 2.50] }', "", None]) == ['{"a":[1,2.5]}', None, None]
    assert accepted("object", [{"a": 1}, None]) == ['{"a":1}', None]
    assert accepted("object", [["x", "å"]]) == ['["x","å"]']
    mixed = pa.array(["plain", "2", '{"a":"x\\u0000y"}'], pa.json_(pa.string()))
    assert accepted("object", mixed) == ['"plain"', "2", '{"a":"xy"}']


def test_value_maps() -> None:
    mapping = {"Planerat": "planned", "Pågående ": "active", "-": ""}
    assert accepted("text", [" Planerat", "Pa\u030aga\u030aende", None, "-"], values_from=mapping) == [
        "planned", "active", None, None,
    ]  # fmt: skip
    assert "did you mean “Planerat”" in rejected("text", "Planerad", values_from=mapping)
    assert accepted("integer", [30.0, 60.0], values_from={"30": "1", "60": "2"}) == [1, 2]
    assert accepted("boolean", ["Ja", "Nej"], values_from={"Ja": "true", "Nej": "false"}) == [True, False]


def test_enumerations_and_obligation() -> None:
    allowed: dict[str, dict[str, str]] = {"planned": {}, "active": {}}
    assert accepted("text", ["planned", None], values=allowed) == ["planned", None]
    found, errors, _conform = conformed("text", ["activ"], values=allowed)
    assert errors[0] == "row 1, column “Kol”: “activ” is not among the known values; did you mean “active”?"
    found, errors, _conform = conformed("text", ["a", ""], required=True)
    assert errors == [None, "row 2, column “Kol”: a value is required"]


def test_constants_and_fields_without_a_source() -> None:
    conform = Conform(layer(field("c", "integer", value="7"), field("n", "date")), info(Kol=pa.string()))
    made = conform.conform(batch(Kol=["a", "b"]))
    assert conform.columns == []
    assert made.column("c").to_pylist() == [7, 7] and made.column("n").to_pylist() == [None, None]
    with pytest.raises(WrongUse, match="constant"):
        Conform(layer(field("c", "integer", value="sju")), info())


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"a": ["Gåsen 1:2", "x/y å", "  Ga\u030asen "]}, ["Gåsen 1:2", "x/y å", "Gåsen"]),
        ({"a": [12.0, None, 3.0]}, ["12", None, "3"]),
        ({"a": ["", " ", "\0"]}, [None, None, None]),
        ({"a": ["1", "1:2", "1\\"], "b": ["2", "3", ":4"]}, ["1:2", "1\\:2:3", "1\\\\:\\:4"]),
        ({"a": ["1", None], "b": [2, 2]}, ["1:2", None]),
    ],
)
def test_identities(columns: dict[str, list[Any]], expected: list[str | None]) -> None:
    made = batch(**columns)
    kinds = {name: made.column(name).type for name in columns}
    conform = Conform(layer(identity=[name.upper() for name in columns]), info(**kinds))
    assert conform.conform(made).column("_id").to_pylist() == expected


@given(
    st.lists(st.tuples(st.text("ab:\\", min_size=1), st.text("ab:\\", min_size=1)), unique=True, min_size=2, max_size=6)
)
def test_different_parts_make_different_identities(pairs: list[tuple[str, str]]) -> None:
    columns = {"a": [pair[0] for pair in pairs], "b": [pair[1] for pair in pairs]}
    conform = Conform(layer(identity=["a", "b"]), info(a=pa.string(), b=pa.string()))
    assert len(set(conform.conform(batch(**columns)).column("_id").to_pylist())) == len(pairs)


def test_columns_are_found_in_other_capitals_and_missing_ones_are_all_said() -> None:
    columns = info(**{"ARENDE_NR": pa.string(), "Antal platser": pa.string()})
    conform = Conform(layer(field("n", "integer", "antal  platser"), identity=["arende_nr"]), columns)
    assert conform.columns == ["Antal platser", "ARENDE_NR"]
    with pytest.raises(Refused) as refused:
        Conform(layer(field("n", "integer", "Antal plaster"), field("m", "text", "GATA"), identity=["nr"]), columns)
    said = [(problem.key, problem.suggestion and str(problem.suggestion)) for problem in refused.value.problems]
    assert said == [
        ("fields.n.from", "Did you mean “Antal platser”?"), ("fields.m.from", None), ("identity", None),
    ]  # fmt: skip


def test_staged_rows_count_on_over_batches_and_keep_what_was_wrong() -> None:
    columns = info(nr=pa.string(), tal=pa.string(), hemligt=pa.string())
    conform = Conform(layer(field("tal", "number", "tal"), identity=["nr"]), columns)
    assert "hemligt" not in conform.columns
    first = conform.conform(batch(nr=["a", "b"], tal=["1", "två\0"], hemligt=["s", "s"]))
    second = conform.conform(batch(nr=["c", None], tal=["x", "4"], hemligt=["s", "s"]))
    assert first.column("_ord").to_pylist() == [1, 2] and second.column("_ord").to_pylist() == [3, 4]
    assert json.loads(second.column("_error")[0].as_py())["values"]["row"] == 3
    assert [raw and json.loads(raw) for raw in first.column("_raw").to_pylist()] == [None, {"nr": "b", "tal": "två"}]
    assert second.column("_id").to_pylist() == ["c", None] and second.column("_error")[1].as_py() is None


def test_an_unreadable_row_keeps_the_sources_reason() -> None:
    conform = Conform(layer(field("tal", "number", "tal")), info(tal=pa.string()))
    said = json.dumps({"template": "row {row}: torn", "values": {"row": 1}})
    rows = batch(tal=["x", "1"]).append_column("_error", pa.array([said, None]))
    assert conform.conform(rows).column("_error").to_pylist() == [said, None]


def test_three_hundred_thousand_rows_take_well_under_a_second() -> None:
    count = 300_000
    text = pa.array([f"Gata å {number % 5000}" for number in range(count)])
    numbers = pa.array([f"{number},5" for number in range(count)])
    columns = {f"t{n}": text for n in range(5)} | {f"n{n}": numbers for n in range(4)} | {"k": pa.array(range(count))}
    fields = [field(name, "text" if name[0] == "t" else "number", name) for name in columns]
    conform = Conform(layer(*fields, identity=["k"]), info(**{name: array.type for name, array in columns.items()}))
    rows = batch(**columns)
    best = math.inf
    for _try in range(3):
        started = time.process_time()
        for start in range(0, count, 65_536):
            conform.conform(rows.slice(start, 65_536))
        best = min(best, time.process_time() - started)
    assert best < 1.0
