"""The server beside its own OpenAPI document, by requests that schemathesis makes of it: right ones and wrong ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.server.conftest import write_home, write_layer

DOCUMENTS = [
    "/", "/openapi", "/conformance", "/developers", "/collections", "/unpublished", "/unpublished/{layerId}",
    "/tileMatrixSets", "/tileMatrixSets/{tileMatrixSetId}",
    "/collections/{collectionId}", "/collections/{collectionId}/schema",
    "/collections/{collectionId}/queryables", "/collections/{collectionId}/sortables",
    "/collections/{collectionId}/releases", "/collections/{collectionId}/releases/{releaseNumber}",
    "/collections/{collectionId}/history/{featureId}", "/collections/{collectionId}/picture.svg",
    "/collections/{collectionId}/qgis.xml",
    "/collections/{collectionId}/tiles", "/collections/{collectionId}/tiles/{tileMatrixSetId}",
    "/collections/{collectionId}/downloads", "/collections/{collectionId}/downloads/{fileName}",
    "/collections/{collectionId}/faults",
    "/dcat", "/dcat.rdf", "/dcat.ttl", "/dcat.jsonld", "/datasets/dcat", "/dcat/quality",
    "/dcat/catalogs/{publisherId}", "/dcat/datasets/{datasetId}",
]  # fmt: skip
FEATURES = [
    "/collections/works/items", "/collections/works/items/{featureId}", "/collections/works/changes",
    "/collections/works/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}", "/collections/works/timeline",
]  # fmt: skip


#: What leads to another address.
LEADING = [
    "/dcat/services/{publisherId}", "/dcat/contacts/{publisherId}", "/dcat/agents/{publisherId}",
    "/dcat/datasets/{datasetId}/distributions/{distributionId}", "/dcat/datasets/{datasetId}/quality/{metricId}",
    "/dcat/metrics/{metricId}", "/openapi/{tagName}/{operationId}",
]  # fmt: skip
#: Without parameters, so that nothing about them can be wrong.
PLAIN = ["/health", "/ready"]
#: What a schema cannot say of these, the server says: that a day does not exist, that a filter is none.
BEYOND_SCHEMAS = ("filter", "cursor", "since", "datetime", "active", "bbox", "offset", "q", "place", "from", "to")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layer that is published and one that is planned."""
    home = write_home(tmp_path_factory.mktemp("home"), "works")
    write_layer(home, "later", status="planned", expected="2027-03-01")
    return home


@pytest.fixture(scope="module")
def described(client: httpx.Client) -> Any:
    """The API as its own document describes it."""
    return schemathesis.openapi.from_url(f"{client.base_url}/openapi")


def test_every_path_is_tried(described: Any) -> None:
    # Of all operations schemathesis leaves out the one that gave it the document.
    found = {result.ok().path for result in described.get_all_operations()} | {"/openapi"}
    assert found == {*DOCUMENTS, *FEATURES, *LEADING, *PLAIN}


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        *((path, mode) for path in (*DOCUMENTS, *FEATURES, *LEADING) for mode in GenerationMode),
        *((path, GenerationMode.POSITIVE) for path in PLAIN),
    ],
)
def test_answers_are_as_described(described: Any, path: str, mode: GenerationMode) -> None:
    operation = described[path]["GET"]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=40 if path in (*FEATURES, "/collections") else 8,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        response = case.call(allow_redirects=False)
        said = response.text if response.status_code == 400 else ""
        beyond = any(f"{quote}{name}”" in said for name in BEYOND_SCHEMAS for quote in "“”")
        # More than the most is no error (Features Part 1, 7.15.2), although the standard wants the most described.
        many = re.fullmatch("0*[1-9][0-9]{4,18}", str((case.query or {}).get("limit", "")))
        # What a form leaves empty says nothing to a page.
        empty = "" in (case.query or {}).values() and response.headers["content-type"][0].startswith("text/html")
        excluded = [positive_data_acceptance] if beyond else [negative_data_rejection] if many or empty else []
        case.validate_response(response, excluded_checks=excluded)

    ask()
