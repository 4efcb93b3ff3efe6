"""The releases of a layer, what each changed, and what became of one feature."""

from __future__ import annotations

from server.formats import PAGE
from server.openapi.parts import (
    PINNED,
    USUAL,
    Components,
    Json,
    content,
    form,
    get,
    path_parameter,
    query_parameter,
    schema,
)

_RELEASE: Json = {"type": "integer", "minimum": 1, "maximum": 2147483647}
_BEFORE = query_parameter("before", _RELEASE, "Releases older than this one, as the link “next” asks for them.")
_NUMBER = path_parameter("releaseNumber", _RELEASE, "The number of a release.")


def release_pages(components: Components) -> dict[str, Json]:
    """Documents about the releases of each collection, whichever it is."""
    collection = components.common("collectionId")
    usual = [components.parameter("f", form(PAGE)), components.common("lang")]
    before = components.parameter("before", _BEFORE)
    number = components.parameter("releaseNumber", _NUMBER)
    path = "/collections/{collectionId}"

    def page(operation: str, summary: str, own: list[Json], described: str, errors: tuple[str, ...]) -> Json:
        return get(operation, summary, "server", [collection, *own, *usual], content(PAGE, schema(described)), errors)

    feature = [components.common("featureId")]
    return {
        f"{path}/releases": page("getReleases", "The releases of a collection", [before], "releases", USUAL),
        f"{path}/releases/{{releaseNumber}}": page("getRelease", "What a release changed", [number], "release", PINNED),
        f"{path}/history/{{featureId}}": page(
            "getFeatureHistory", "What became of a feature, release by release", feature, "featureHistory", USUAL
        ),
    }
