from __future__ import annotations

from typing import Any

import pytest

from catalogue.layer import LayerField
from server.pages.titles import feature_title
from server.pages.values import Shown, shown, text_of, unit_text
from server.pages.wording import Wording
from tests.releases import layer

SV, EN = Wording("sv"), Wording("en")
NBSP = "\u00a0"


def field(type_: str = "text", **more: Any) -> LayerField:
    return LayerField.model_validate({"name": "x", "type": type_, "title": {"sv": "X"}} | more)


LISTED = field(values={"closed": {"sv": "Avstängd", "en": "Closed"}, "1": "Ett"})


@pytest.mark.parametrize(
    ("value", "described", "swedish", "english"),
    [
        ("closed", LISTED, "Avstängd", "Closed"),
        ("1", LISTED, "Ett", "Ett"),
        ("unheard of", LISTED, "unheard of", "unheard of"),
        (1, field("integer", values={"1": {"sv": "Låg", "en": "Low"}}), "Låg", "Low"),
        (True, field("boolean"), "Ja", "Yes"),
        (False, field("boolean"), "Nej", "No"),
        (2026, field("integer"), "2026", "2026"),
        (-5, field("integer"), "−5", "−5"),
        (1234567, field("integer"), f"1{NBSP}234{NBSP}567", "1,234,567"),
        (2026, field("integer", unit="m2"), f"2{NBSP}026{NBSP}m²", f"2,026{NBSP}m²"),
        (0.1 + 0.2, field("number", unit="km/h"), f"0,3{NBSP}km/h", f"0.3{NBSP}km/h"),
        (12.0, field("number"), "12", "12"),
        (1e300, field("number"), "1e+300", "1e+300"),
        ("2026-11-01", field("date"), "1 november 2026", "1 November 2026"),
        ("2026-07-01T10:00:00Z", field("datetime"), "1 juli 2026 12:00 CEST", "1 Jul 2026 12:00 CEST"),
        ("not a date", field("date"), "not a date", "not a date"),
        (None, field(), "", ""),
        ({"å": [1]}, field("object"), '{"å": [1]}', '{"å": [1]}'),
    ],
)
def test_values_in_both_languages(value: Any, described: LayerField, swedish: str, english: str) -> None:
    assert (text_of(value, described, SV), text_of(value, described, EN)) == (swedish, english)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("m", "m"), ("m2", "m²"), ("km/h", "km/h"), ("Cel", "°C"), ("har", "ha"), ("m/s2", "m/s²"), ("m.s-2", "m·s⁻²"),
        ("{st}", "st"), ("%", "%"), (None, ""),
    ],
)  # fmt: skip
def test_units_as_people_write_them(code: str | None, text: str) -> None:
    assert unit_text(code, "sv") == text


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "https://a.example/ <b>", 'https://a.example/"onclick="x', "http://", "www.a.example"],
)
def test_what_is_no_address_is_no_link(text: str) -> None:
    assert shown(text, field(), SV) == Shown(text, None, free=True)


def test_addresses_are_links_and_objects_are_lists() -> None:
    address = "https://a.example/x?y=1#z"
    assert shown(address, field(), SV) == Shown(address, address, free=True)
    found = shown({"lampa": True, "djup": [1, None, {"a": {"b": {"c": 1}}}]}, field("object"), SV)
    assert found is not None
    assert [name for name, _part in found.parts] == ["lampa", "djup"]
    assert found.parts[0][1].text == "Ja"
    assert [part.text for _name, part in found.parts[1][1].parts] == ["1", "–", ""]
    long = shown(list(range(60)), field("object"), SV)
    assert long is not None
    assert long.parts[-1][1].text == "och 10 till"
    assert shown(None, field(), SV) is None


def test_long_texts_end_in_one_line_only_where_asked() -> None:
    text = "å" * 10_000
    assert text_of(text, field(), SV) == text
    assert text_of(text, field(), SV, 200) == "å" * 199 + "…"


def test_features_are_called_by_their_title_fields_else_by_their_id() -> None:
    fields = {"street": "text", "work": "text", "level": "integer"}
    plain = layer("works", fields)
    named = plain.model_copy(update={"display": plain.display.model_copy(update={"title": ["street", "gone", "work"]})})

    def called(**properties: Any) -> str:
        return feature_title({"id": "a/1", "properties": properties}, plain, named, SV)

    assert called(street="Storgatan", work="Schakt") == "Storgatan, Schakt"
    assert called(street="Storgatan", work=None) == "Storgatan"
    assert called(street=None, work=" ") == "a/1"
    assert called(street="x" * 500).endswith("x…")
    assert len(called(street="x" * 500)) == 160
    assert feature_title({"id": "a/1", "properties": {"street": "S"}}, plain, plain, SV) == "a/1"
