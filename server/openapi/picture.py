"""The small picture of a layer."""

from __future__ import annotations

from collections.abc import Sequence

from server.formats import PICTURE
from server.openapi.parts import TEXT, Components, Json, form, get, path_parameter, query_parameter

_ITEM = query_parameter("item", TEXT | {"minLength": 1}, "The id of a feature that is to be drawn alone.")


def picture_page(components: Components, drawn: Sequence[str]) -> dict[str, Json]:
    """The path of the pictures; `drawn` are the layers that have one."""
    ids = path_parameter("collectionId", TEXT | {"enum": list(drawn)}, "The id of a collection.")
    parameters = [
        components.parameter("collectionId", ids),
        components.parameter("item", _ITEM),
        components.parameter("f.picture", form(PICTURE)),
        components.common("lang"),
    ]
    answer = {PICTURE.media_type("svg"): {"schema": TEXT}}
    path = "/collections/{collectionId}/picture.svg"
    return {path: get("getPicture", "A small picture of a collection", "server", parameters, answer)}
