"""How complete a layer is, in figures that its load counted."""

from __future__ import annotations

from catalogue.feature_schema import in_language
from catalogue.query.releases import empty_values
from server.documents import Documents
from server.links import Json
from server.snapshot import snapshot


def figures(documents: Documents, layer: str) -> Json:
    """What the load of the current release counted.

    `features` that are published, `rejected` rows that were left out, and `fields`: `name`, `title` and how many
    features have a value (`filled`), of fields that are published alone; None where nobody counted, as for the releases
    of earlier versions. Raises ApiError (404) where the layer is not served, StateChanged where the picture is older
    than the database. Costs one short read: nothing is counted here.
    """
    release, described = documents.served.release(layer), documents.served.described(layer)
    with snapshot(documents) as connection:
        empty = empty_values(connection, layer, release.number)
    fields = [described.field(field.name) or field for field in release.definition.fields]
    return {
        "features": release.features,
        "rejected": release.rejected,
        "fields": None
        if empty is None or not release.features
        else [
            {
                "name": field.name,
                "title": in_language(field.title, documents.asked.language) or field.name,
                "filled": release.features - empty[field.name],
            }
            for field in fields
            if field.name in empty
        ],
    }
