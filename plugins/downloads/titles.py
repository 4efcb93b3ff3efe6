"""What people call a layer and its fields, for formats that can carry it."""

from __future__ import annotations

import pyarrow as pa

from catalogue.layer import Layer

#: The language of a file that has room for one only.
LANGUAGE = "sv"


def in_one_language(texts: dict[str, str]) -> str:
    """The text in Swedish, else in the first language that there is; empty where there is none."""
    return texts.get(LANGUAGE) or next(iter(texts.values()), "")


def with_titles(schema: pa.Schema, layer: Layer, title_key: str, description_key: str) -> pa.Schema:
    """The schema with its fields' titles and descriptions as Arrow metadata, under the keys that a writer looks at."""
    described = schema
    for field in layer.fields:
        place = schema.get_field_index(field.name)
        texts = {title_key: in_one_language(field.title), description_key: in_one_language(field.description)}
        metadata = dict(schema.field(place).metadata or {}) | {key: text for key, text in texts.items() if text}
        described = described.set(place, schema.field(place).with_metadata(metadata))
    return described
