"""Full-text search, against rows whose answers are told by hand, and against whatever people may type."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point
from sqlalchemy import Engine, select, text

from catalogue.database.connections import server_engine
from catalogue.generation import Generation, fields_of
from catalogue.layer import Layer
from catalogue.query.parameters import BadParameter
from catalogue.query.prepared import prepare
from catalogue.query.search import MAX_CHARACTERS, condition, document, parse_search
from catalogue.query.search_index import build_index
from catalogue.query.table import Reading, generation_table
from catalogue.release import find_release
from tests.releases import Feature, Publisher, layer

CLOSURES = {
    "all-lanes-closed": {"sv": "Avstängd väg", "en": "Road closed"},
    "some-lanes-closed": {"sv": "Några körfält avstängda", "en": "Some lanes closed, isn't it: 100 %"},
    "open": {"sv": "Öppen"},
}
LEVELS = {"1": {"sv": "Låg bullernivå"}, "2": {"sv": "Hög bullernivå"}}
ROWS: dict[str, dict[str, object]] = {
    "goose": {"name": "Gåsen", "note": "Badplats"},
    "works": {"name": "Åsgatan/Ögatan", "note": "Vägarbete pågår mellan 1-12", "closure": "all-lanes-closed"},
    "english": {"name": "Main street", "note": "Closing for repairs and paving", "closure": "some-lanes-closed"},
    "numbers": {"name": "E4 trafikplats 12.5", "note": "Storgatan 5 A, på torget", "level": 2},
    "mark-up": {"name": "a_b x&amp;y <b>fet</b> O'Neil", "note": "info@exempelby.example http://exempelby.example/ö"},
    "apart": {"name": "stora", "note": "torget"},
    "café": {"name": "CAFÉ Smørrebrød & Æbleskiver", "note": "Straße", "hidden": "hemligt"},
    "nothing": {"name": None, "note": None, "size": 4711},
}


def _layer() -> Layer:
    described = layer(
        fields={"name": "text", "note": "text", "closure": "text", "level": "integer", "size": "integer"}
    ).model_dump()
    for field in described["fields"]:
        field["values"] = {"closure": CLOSURES, "level": LEVELS}.get(field["name"])
    return Layer.model_validate(described)


LAYER = _layer()


class Rows:
    """The published rows, searched in the server's role."""

    def __init__(self, engine: Engine, connection: psycopg.Connection[tuple[str]], definition: Layer) -> None:
        self.definition = definition
        with engine.connect() as owner:
            release = find_release(owner, definition.id)
        assert release
        self.reading = Reading(release)
        self.connection = connection

    def plan(self, q: str) -> str:
        return "\n".join(row[0] for row in self._run(q, "EXPLAIN "))

    def found(self, q: str) -> list[str]:
        return [row[0] for row in self._run(q)]

    def _run(self, q: str, explain: str = "") -> list[tuple[str]]:
        search = parse_search(q, self.definition)
        assert search
        table = generation_table(self.reading.release)
        statement = prepare(
            search, lambda bind: select(table.c._id).where(condition(search, table, bind)).order_by(table.c._row)
        )
        with psycopg.RawCursor(self.connection) as cursor:
            return cursor.execute(explain + statement.text, statement.values(search)).fetchall()


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[psycopg.Connection[tuple[str]]]:
    engine = server_engine(database_url, own_login=False, statement_seconds=10)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        yield driver
    engine.dispose()


@pytest.fixture(scope="module")
def rows(engine: Engine, server: psycopg.Connection[tuple[str]]) -> Rows:
    Publisher(engine).publish(LAYER, [Feature(id_, Point(600_000, 6_600_000), row) for id_, row in ROWS.items()])
    return Rows(engine, server, LAYER)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        # Case and accents.
        ("gasen", ["goose"]),
        ("GÅSEN", ["goose"]),
        ("ga\u030asen", ["goose"]),
        ("cafe", ["café"]),
        ("smorrebrod", ["café"]),
        ("aebleskiver", ["café"]),
        ("strasse", ["café"]),
        # Swedish and English stems.
        ("vägarbeten", ["works"]),
        ("vagarbete", ["works"]),
        ("badplatserna", ["goose"]),
        ("gås", ["goose"]),
        ("repair", ["english"]),
        ("closes", ["works", "english"]),
        ("streets", ["english"]),
        # Words, not their parts.
        ("väg", ["works"]),
        ("arbete", []),
        ("torget", ["numbers", "apart"]),
        # Any of the terms.
        ("gasen,repair", ["goose", "english"]),
        ("gasen, repair ,,-", ["goose", "english"]),
        # All words of a term, next to each other, in order, in one text.
        ("main street", ["english"]),
        ("  Main \t street ", ["english"]),
        ("street main", []),
        ("main paving", []),
        ("stora torget", []),
        ("closing repairs", []),
        # Every word counts.
        ("på", ["numbers"]),
        ("and", ["english"]),
        ("5 a", ["numbers"]),
        # What a parser would take for paths, hosts, signs and mark-up.
        ("ögatan", ["works"]),
        ("åsgatan", ["works"]),
        ("12", ["works", "numbers"]),
        ("1-12", ["works"]),
        ("12.5", ["numbers"]),
        ("e4", ["numbers"]),
        ("fet", ["mark-up"]),
        ("<b>fet</b>", ["mark-up"]),
        ("b", ["mark-up"]),
        ("o'neil", ["mark-up"]),
        ("info@exempelby.example", ["mark-up"]),
        ("exempelby", ["mark-up"]),
        # Beginnings.
        ("vägarb*", ["works"]),
        ("vägarbeten*", []),
        ("trafik*", ["numbers"]),
        ("main str*", ["english"]),
        ("*badplats", ["goose"]),
        # Titles of enumerations, in each language; codes.
        ("avstängd", ["works", "english"]),
        ("avstängd väg", ["works"]),
        ("road closed", ["works"]),
        ("isn't it", ["english"]),
        ("all-lanes-closed", ["works"]),
        ("bullernivå", ["numbers"]),
        ("låg", []),
        # What is not published, and what is no text.
        ("hemligt", []),
        ("4711", []),
        # The mark between two texts.
        ("g", []),
        ("<g>", []),
        ("gåsen g", []),
        ("finns inte", []),
    ],
)
def test_what_is_found(rows: Rows, q: str, expected: list[str]) -> None:
    assert rows.found(q) == expected


def test_an_empty_question_asks_for_nothing() -> None:
    assert parse_search("", LAYER) is None
    assert parse_search(" \t", LAYER) is None


@pytest.mark.parametrize("q", ["-", ",", "!&|():*<->'\\", "*", "…", "😀", "a" * (MAX_CHARACTERS + 1)])
def test_questions_that_are_refused(q: str) -> None:
    with pytest.raises(BadParameter) as caught:
        parse_search(q, LAYER)
    assert caught.value.name == "q"


def test_a_layer_without_text_has_nothing_to_find(engine: Engine, server: psycopg.Connection[tuple[str]]) -> None:
    bare = layer("bare", fields={"size": "integer"})
    Publisher(engine).publish(bare, [Feature("one", Point(600_000, 6_600_000), {"size": 4711})])
    assert Rows(engine, server, bare).found("4711") == []


_WORDS = sorted({word for row in ROWS.values() for word in f"{row.get('name')} {row.get('note')}".split()})
_SYNTAX = st.sampled_from(
    [*_WORDS, *"&|!()<>:*'\"\\,;%$-", "<->", "<2>", ":*", ":A", "--", "$1", "%s", ":x", "<g>", "\x01"]
)
_TYPED = st.one_of(st.text(max_size=MAX_CHARACTERS + 5), st.lists(_SYNTAX, max_size=30).map(" ".join),
                   st.lists(_SYNTAX, max_size=30).map("".join))  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(_TYPED)
@example("㎮" * MAX_CHARACTERS)
@example("ﷺ" * MAX_CHARACTERS)
@example(",".join("abcdefghij" * 10))
@example(" ".join("abcdefghij" * 10))
@example("'" * MAX_CHARACTERS)
@example("a'; DROP TABLE kartlagd.layer; --")
def test_whatever_is_typed(rows: Rows, q: str) -> None:
    # NUL is refused for every parameter alike (catalogue.query.parameters).
    q = q.replace("\0", "")
    try:
        search = parse_search(q, LAYER)
    except BadParameter as refused:
        assert refused.name == "q"
        return
    if search:
        assert set(rows.found(q)) <= set(ROWS)


_LETTERS = st.text(st.characters(categories=["L", "Nd"], max_codepoint=0x17F), min_size=1, max_size=12).filter(
    # The micro sign and its like, which no small letter is made of again.
    lambda word: word.upper().lower() == word.lower()
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_LETTERS, min_size=1, max_size=8), st.data())
def test_a_text_is_found_by_its_words(engine: Engine, words: list[str], data: st.DataObject) -> None:
    """Whatever is written, each word of it finds it, so do neighbours, upper case and the word without accents."""
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(first + 3, len(words) - 1)))
    written = " ".join(words)
    asked = [" ".join(words[first : last + 1]), words[first].upper(), f"{words[first][:1]}*", f"zzz,{words[last]}"]
    with engine.connect() as connection:
        for q in asked:
            search = parse_search(q[:MAX_CHARACTERS], LAYER)
            assert search
            assert connection.scalar(
                text(
                    "SELECT kartlagd.searchable(ARRAY[:text, 'annat']) @@ kartlagd.search_query(CAST(:terms AS text[]))"
                ),
                {"text": unicodedata.normalize("NFC", written), "terms": search.terms.value},
            ), (written, q)


@pytest.mark.parametrize(
    "content", ["a " * 100_000, "å" * 100_000, "".join(f"{n:x}é " for n in range(60_000)), "㎮ " * 50_000]
)
def test_long_texts_can_be_searched(engine: Engine, content: str) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT kartlagd.searchable(ARRAY[:text]) IS NOT NULL"), {"text": content})


def test_the_index_is_used_and_finds_the_same(engine: Engine, server: psycopg.Connection[tuple[str]]) -> None:
    many = LAYER.model_copy(update={"id": "many"})
    features = [
        Feature(
            f"{number}", Point(600_000, 6_600_000), {"name": f"Åsgatan {number}", "closure": list(CLOSURES)[number % 3]}
        )
        for number in range(400)
    ]
    Publisher(engine).publish(many, features)
    rows = Rows(engine, server, many)
    asked = ["gasen", "asgatan 12*", "öppen", "399", "öppen, 7", "åsgatan"]
    before = [rows.found(q) for q in asked]
    assert [len(found) for found in before] == [0, 11, 133, 1, 134, 400]
    generation = rows.reading.release.reads
    assert generation
    assert "_text_" not in rows.plan("399")
    build_index(engine, generation, many)
    build_index(engine, generation, many)
    assert f"g{generation.id}_text_" in rows.plan("399")
    assert [rows.found(q) for q in asked] == before
    # Other titles of values: other words find them, and the index is another.
    retitled = _retitled(many)
    rows.definition = retitled
    assert rows.found("stängt") == [str(number) for number in range(0, 400, 3)]
    assert "_text_" not in rows.plan("stängt")
    build_index(engine, generation, retitled)
    assert "_text_" in rows.plan("stängt")
    with engine.connect() as connection:
        indexes = connection.scalars(text("SELECT indexname FROM pg_indexes WHERE indexname LIKE '%\\_text\\_%'")).all()
    assert len(indexes) == 1
    assert document(many) != document(retitled)


def _retitled(many: Layer) -> Layer:
    described = many.model_dump()
    described["fields"][2]["values"] = {**CLOSURES, "all-lanes-closed": {"sv": "Stängt"}}
    return Layer.model_validate(described)


def test_readers_do_not_wait_for_the_index(engine: Engine, server: psycopg.Connection[tuple[str]]) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE published.long AS SELECT n::bigint AS _row, n::text AS _id, 1 AS _since, "
                "repeat(md5(n::text) || ' ', 40) AS name FROM generate_series(1, 3000) n"
            )
        )
        connection.execute(text("GRANT SELECT ON published.long TO kartlagd_server"))
    definition = layer("long", fields={"name": "text"})
    generation = Generation(9_999, "long", 3006, "Point", fields_of(definition))
    built = threading.Thread(target=build_index, args=(engine, generation, definition))
    built.start()
    reads, deadline = 0, time.monotonic() + 60
    server.execute("SET lock_timeout = '500ms'")
    while built.is_alive() and time.monotonic() < deadline:
        assert server.execute("SELECT _id FROM published.long WHERE _row = 17").fetchone() == ("17",)
        reads += 1
    built.join()
    server.execute("RESET lock_timeout")
    # Each of them began while the index was being made, and was answered.
    assert reads > 5
