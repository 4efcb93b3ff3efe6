"""Whatever is sent as a filter is read, or refused with a message."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.cql2.parse import BadFilter, parse_filter
from tests.catalogue.cql2.rows import FIELDS


@settings(max_examples=500, deadline=None)
@given(st.text() | st.lists(st.sampled_from(
    ["(", ")", "'", '"', "name", "lanes", "=", "<", ">", " ", "AND", "or", "NOT", "IN", ",", "1", "-", ".", "e5",
     "POINT", "POLYGON", "(1 2)", "((", "BBOX", "INTERVAL", "DATE", "'2026-01-01'", "S_WITHIN", "T_AFTER", "casei",
     "geometry", "IS", "NULL", "LIKE", "BETWEEN", "\\", "\0", "å", "\u2028", "EMPTY", "Z", "{", "[", "%"]
), max_size=25).map(" ".join))  # fmt: skip
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    for language in ("cql2-text", "cql2-json"):
        try:
            parse_filter(text, language, FIELDS)
        except BadFilter as error:
            str(error).encode()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    | st.sampled_from(["name", "lanes", "geometry", "..", "2026-01-01", "Point", "Polygon"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["op", "args", "property", "date", "interval", "bbox", "type", "coordinates"]), inner
    )
    | st.builds(lambda op, args: {"op": op, "args": args},
                st.sampled_from(["and", "not", "=", "in", "like", "between", "isNull", "casei", "s_within", "t_after"]),
                st.lists(inner, max_size=3)),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(_JSON)
def test_whatever_is_in_json_is_read_or_refused(document: object) -> None:
    try:
        parse_filter(json.dumps(document), "cql2-json", FIELDS)
    except BadFilter as error:
        str(error).encode()
