"""What the server declares is what has tests, and nothing has tests that it does not declare."""

from __future__ import annotations

import importlib
from pathlib import Path

import httpx

from tests.server.standards.requirement import TESTED


def test_everything_declared_is_tested_and_the_other_way_round(client: httpx.Client) -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.server.standards.{path.stem}")
    declared = client.get("/conformance").json()["conformsTo"]
    assert len(declared) == len(set(declared))
    assert set(declared) == set(TESTED)
    assert all(TESTED.values())
