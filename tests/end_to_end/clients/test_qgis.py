"""QGIS without a screen reads the layers by its own provider of OGC API Features.

`scripts/install-clients qgis` installs it from the system's packages; it is too large for every set-up.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.end_to_end.clients.expected import Source
from tests.end_to_end.conftest import Town
from tests.end_to_end.matching import DEGREES, pair_by_content

#: The system's own Python: QGIS's modules are built for it.
PYTHON = Path("/usr/bin/python3")
SCRIPT = Path(__file__).parent / "with_qgis.py"
PAGE_SIZE = 50


def run(*words: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment = own | {"QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([PYTHON, *words], env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="session", autouse=True)
def qgis() -> None:
    """QGIS must be there."""
    if not PYTHON.exists() or run("-c", "import qgis.core").returncode:
        pytest.skip("QGIS is not on this machine: scripts/install-clients qgis")


@pytest.mark.parametrize(
    ("layer", "name"), [("roadworks", "max_speed"), ("parking", "capacity"), ("properties", "use")]
)
def test_qgis_reads_a_layer(town: Town, layer: str, name: str) -> None:
    source = Source.of(town, layer)
    value = Counter(each.properties[name] for each in source.features if each.properties[name]).most_common(1)[0][0]
    expression = f'"{name}" = {value!r}'
    area = shapely.box(*source.busiest().buffer(0.004).bounds)
    rectangle = ",".join(map(str, area.bounds))
    done = run(str(SCRIPT), str(town.client.base_url).rstrip("/"), layer, str(PAGE_SIZE), rectangle, expression)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["valid"], found["error"]
    assert (found["count"], found["crs"]) == (len(source.features), "EPSG:4326")
    assert len(source.features) > 3 * PAGE_SIZE
    served = [
        (dict(source.content(typed(each["properties"], source))), shapely.from_wkt(each["geometry"]))
        for each in found["features"]
    ]
    expected = [(dict(each.content), each.geometry) for each in source.features]
    alone = pair_by_content(served, expected, DEGREES)
    assert ([served[place] for place in alone[0]], [expected[place] for place in alone[1]]) == ([], [])
    # QGIS compares the coordinates that it was given, which are rounded.
    inside, around = (
        {each.identity for each in source.features if each.geometry.intersects(area.buffer(margin))}
        for margin in (-DEGREES, DEGREES)
    )
    assert 0 < len(inside) < len(source.features)
    assert len(found["inside"]) == len(set(found["inside"])) and inside <= set(found["inside"]) <= around
    selected = {each.identity for each in source.features if each.properties[name] == value}
    assert 0 < len(selected) < len(source.features) and found["accepted"]
    assert sorted(found["selected"]) == sorted(filter(None, selected))


def typed(properties: Mapping[str, Any], source: Source) -> dict[str, Any]:
    """Numbers as numbers: QGIS takes a column for text where the first ten features have no value in it."""
    return {
        name: float(value) if isinstance(value, str) and name in source.numbers else value
        for name, value in properties.items()
    }
