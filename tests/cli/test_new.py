"""A proposed layer has an identity and a description that portals take as they are."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from catalogue.files.home import Home
from tests.command import run
from tests.homes import make_home, places, write_features


def test_a_new_layer_is_described(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    for name in ("trees", "huts"):
        write_features(home / f"{name}.geojson", places(5))
        done = run(home, "new", f"{name}.geojson")
        assert done.returncode == 0, done.stderr
    layers = Home.read(home).layers
    uuids = [layers[name].uuid for name in ("trees", "huts")]
    assert len(set(uuids)) == 2 and all(uuid and UUID(uuid).version == 4 for uuid in uuids)
    assert set(layers["trees"].description) == {"sv"} and layers["trees"].description["sv"].endswith(", Exempelby.")
    checked = run(home, "check")
    # Nobody has assessed them yet.
    assert checked.returncode == 2 and "Nobody has decided this yet (by, case)" in checked.stdout
    said = [line for line in checked.stdout.splitlines() if "collections/trees.yml" in line]
    assert said and not [line for line in said if ": uuid:" in line or "no description" in line]
