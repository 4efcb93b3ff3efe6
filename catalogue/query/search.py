"""Full-text search: what `q` asks for, and the SQL condition of the features that it finds.

The parameter is that of OGC API Records Part 1 (`/req/record-core-query-parameters/q-definition`, `q-response`,
`empty-value`): terms separated by commas, of which one must be found; the words of a term stand next to each other in
one text, in that order, and case does not matter; an empty parameter asks for nothing. Beyond the standard, accents do
not matter either (`gasen` finds Gåsen), words are found by their Swedish and English stems (`vägarbeten` finds
vägarbete), and a term that ends in `*` is the beginning of something (`vägarb*`).

Searched are the texts that the layer publishes, and the titles of its enumerations' values in every language.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, false, func, literal_column, select

from catalogue.generation import quoted
from catalogue.language import _
from catalogue.layer import Layer, LayerField
from catalogue.query.literal import Literal
from catalogue.query.parameters import BadParameter
from catalogue.query.prepared import Bind

#: Longer questions are refused.
MAX_CHARACTERS = 200


@dataclass(frozen=True)
class Search:
    """What is asked for. `document` is the SQL expression of what a row holds that can be found ("" for nothing)."""

    terms: Literal
    document: str


def parse_search(value: str, layer: Layer) -> Search | None:
    """What a `q` asks of a layer; None for an empty one. Raises BadParameter."""
    if len(value) > MAX_CHARACTERS:
        raise BadParameter("q", _("“q” has more than {limit} characters.", limit=MAX_CHARACTERS))
    if not value.strip():
        return None
    terms = [unicodedata.normalize("NFC", term.strip()) for term in value.split(",")]
    # A term without a word could only be found nowhere.
    terms = [term for term in terms if any(character.isalnum() for character in term)]
    if not terms:
        raise BadParameter("q", _("“q” has no word to search for."))
    return Search(Literal("texts", terms), document(layer))


def document(layer: Layer) -> str:
    """The SQL expression of what a row of the layer holds that can be found; "" where the layer publishes no text.

    Column names are bare. An index on it serves every question whose expression is the same.
    """
    texts = [text for field in layer.fields for text in _texts(field)]
    return f"kartlagd.searchable(ARRAY[{', '.join(texts)}])" if texts else ""


def condition(search: Search, table: Table, bind: Bind) -> ColumnElement[bool]:
    """Rows that are found."""
    if not search.document:
        return false()
    searched = table.alias("searched")
    # PostgreSQL cannot know how many rows a question finds: left to itself it may read all of them in the order of
    # the page, taking each one's words apart. OFFSET 0 makes it ask the index first, and the inner SELECT keeps it
    # from guessing by the words.
    query = select(func.kartlagd.search_query(bind(search.terms))).scalar_subquery()
    found = literal_column(search.document).op("@@", is_comparison=True)(query)
    return table.c._row.in_(select(searched.c._row).where(found).offset(literal_column("0")))


def _texts(field: LayerField) -> list[str]:
    texts = [quoted(field.name)] if field.type == "text" else []
    languages = dict.fromkeys(language for title in (field.values or {}).values() for language in title)
    return [*texts, *(_title(field, language) for language in languages)]


def _title(field: LayerField, language: str) -> str:
    """The SQL expression of the title of a row's value in a language."""
    cases = " ".join(
        f"WHEN {_constant(value)} THEN {_constant(title[language])}"
        for value, title in (field.values or {}).items()
        if language in title
    )
    return f"CASE {quoted(field.name)}::text {cases} END"


def _constant(text: str) -> str:
    return "'" + text.replace("'", "''").replace("\0", "") + "'"
