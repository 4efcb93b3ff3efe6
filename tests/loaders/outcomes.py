"""How a load of the layer `places` ends, and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiona
import pytest
from sqlalchemy import Engine

from catalogue.problems import KartlagdError, Refused
from loaders.load import Result
from tests.aftermath import features, leftovers, says
from tests.homes import load_layer, make_home
from tests.loaders.formats import layer


def loaded(engine: Engine, home: Path, path: Path, **source: Any) -> Result:
    """Load the file with a layer file that fits it; it must be published."""
    make_home(home, layer(path, **source))
    result = load_layer(engine, home)
    assert result.outcome == "published"
    return result


def refused(engine: Engine, home: Path, *words: str, kind: type[KartlagdError] = Refused) -> str:
    """What the refusal says; the layer is as it was before."""
    before = features(engine)
    with pytest.raises(kind) as error:
        load_layer(engine, home)
    assert features(engine) == before
    assert leftovers(engine) == []
    return says(error, *words)


def notes(result: Result) -> str:
    """What was noticed without rejecting a row."""
    assert result.report is not None
    return "\n".join(map(str, result.report.notes))


def reasons(result: Result) -> dict[str, int]:
    """Why rows were rejected (one example of each kind), and how many."""
    assert result.report is not None
    return {str(reason): count for reason, count in result.report.reasons}


def rejected_rows(result: Result) -> list[dict[str, Any]]:
    """The rows of the file that a person is told to open."""
    assert result.rejected_file is not None
    with fiona.open(result.rejected_file) as file:
        return [dict(row["properties"]) for row in file]
