"""Reports beside the OpenAPI document, by requests that schemathesis makes of it: right ones and wrong ones."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance, unsupported_method

PATH = "/collections/{collectionId}/faults"
#: What a schema does not say: what fits this layer and this object, and what is left of a text without what hides.
BEYOND_SCHEMAS = {"release", "field", "kind", "text"}


@pytest.fixture(scope="module")
def described(client: httpx.Client) -> Any:
    return schemathesis.openapi.from_url(f"{client.base_url}/openapi")


@pytest.mark.parametrize("mode", GenerationMode)
def test_answers_are_as_described(described: Any, mode: GenerationMode) -> None:
    @given(case=described[PATH]["POST"].as_strategy(generation_mode=mode))
    @settings(
        max_examples=60, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Any) -> None:
        response = case.call(allow_redirects=False)
        wrong = set(response.json().get("errors", ())) if response.status_code == 400 else set()
        beyond = wrong and wrong <= BEYOND_SCHEMAS
        excluded = [positive_data_acceptance] if beyond else []
        case.validate_response(response, excluded_checks=[*excluded, unsupported_method])

    ask()
