"""Random lives of a layer: what the changes feed tells is held against editions that the test keeps itself."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from catalogue.history import difference
from catalogue.query.reader import ReleaseGone
from loaders.rollback import rollback
from tests.aftermath import features, find, forget_all
from tests.feed import Feed, Told
from tests.homes import LAYER, load_layer, make_home, write_features

Json = dict[str, Any]
NAMES = ["a", "b/c", "<d>&\"'", "Gåsen 1:2", "e?f#g", "%2F", *(f"p{number}" for number in range(24))]
RETENTION = 4
EXAMPLES = int(os.environ.get("CHANGES_EXAMPLES", "6"))

edits = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(["remove", "move", "name", "size", "back"]), st.integers(0, 3)),
    min_size=1,
    max_size=12,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), edits),
        # Few enough to be changed in place.
        st.tuples(st.just("edit"), st.lists(edits.map(lambda found: found[0]), min_size=1, max_size=1)),
        st.tuples(st.just("rollback"), st.integers(1, RETENTION - 1)),
        st.tuples(st.just("fields"), st.sampled_from(["note", "plain", "text"])),
    ),
    min_size=3,
    max_size=7,
)
FIELDS = {
    "plain": LAYER["fields"],
    "note": {**LAYER["fields"], "note": {"from": "note", "type": "text", "title": "Anteckning"}},
    "text": {**LAYER["fields"], "size": {"from": "size", "type": "text", "title": "Storlek"}},
}


@dataclass
class Edition:
    """A release as the test knows it: features by id, the fields, and in which release each got its version.

    `erased`: it has lost values, so that a load that follows on it writes every feature anew.
    """

    features: dict[str, Json]
    fields: list[str]
    since: dict[str, int]
    erased: bool = False


@dataclass
class Life:
    """A layer's source and releases, as the test knows them."""

    rows: dict[str, Json]
    fields: str = "plain"
    editions: dict[int, Edition] = field(default_factory=dict)
    removed: dict[int, set[str]] = field(default_factory=dict)
    steps: list[tuple[str, Any]] = field(default_factory=list)

    def edit(self, name: str, what: str, value: int) -> None:
        """Change the source."""
        row = self.rows.get(name)
        if row is None or what == "back":
            self.rows[name] = {"name": name, "size": 1, "note": None, "place": [17.1, 59.4]}
        elif what == "remove" and len(self.rows) > 1:
            del self.rows[name]
        elif what == "move":
            self.rows[name] = {**row, "place": [17.0 + value / 100, 59.5]}
        elif what in ("name", "size"):
            self.rows[name] = {**row, what: value if what == "size" else f"<{value}>", "note": f"n{value}"}

    def source(self) -> list[Json]:
        """The source's features."""
        return [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": row["place"]},
                "properties": {"key": name, "name": row["name"], "size": row["size"], "note": row["note"]},
            }
            for name, row in self.rows.items()
        ]

    def published(self) -> dict[str, Json]:
        """What a load of the source publishes."""
        found = {}
        for name, row in self.rows.items():
            properties = {key: row[key] for key in FIELDS[self.fields]}
            if self.fields == "text":
                properties["size"] = str(row["size"])
            geometry = {"type": "Point", "coordinates": row["place"]}
            found[name] = {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}
        return found

    def publish(self, number: int, repeated: Edition | None = None) -> None:
        """A release has come: what the source has, or what an older release had."""
        features = repeated.features if repeated else self.published()
        fields = repeated.fields if repeated else list(FIELDS[self.fields])
        before = self.editions.get(number - 1, Edition({}, [], {}))
        anew = before.erased and repeated is None
        since = {
            name: before.since[name] if before.features.get(name) == feature and not anew else number
            for name, feature in features.items()
        }
        self.removed[number] = set(before.features) - set(features)
        erased = repeated is not None and repeated.erased
        self.editions[number] = Edition(copy.deepcopy(features), fields, since, erased)

    def redact(self) -> None:
        """What the layer file does not list is in no release."""
        for edition in self.editions.values():
            kept = [name for name in edition.fields if name in FIELDS[self.fields]]
            edition.erased = edition.erased or kept != edition.fields
            edition.fields = kept
            for feature in edition.features.values():
                feature["properties"] = {name: feature["properties"][name] for name in edition.fields}

    def changes(self, old: int, new: int) -> dict[str, Json]:
        """What must be told, by id."""
        then, now = self.editions[old], self.editions[new]
        told: dict[str, Json] = {}
        for name, feature in now.features.items():
            if name not in then.features:
                told[name] = {**feature, "change": "added", "release": now.since[name]}
            elif feature != then.features[name]:
                names = _differences(then.features[name], feature)
                told[name] = {**feature, "change": "changed", "changedProperties": names, "release": now.since[name]}
        for name, feature in then.features.items():
            if name not in now.features:
                number = max(each for each in range(old + 1, new + 1) if name in self.removed[each])
                told[name] = {**feature, "change": "removed", "release": number}
        return told


def _differences(then: Json, now: Json) -> list[str]:
    names = ["geometry"] if then["geometry"] != now["geometry"] else []
    one, other = then["properties"], now["properties"]
    for name in [*other, *(name for name in one if name not in other)]:
        if name not in one or name not in other or one[name] != other[name]:
            names.append(name)
    return names


@dataclass
class Copy:
    """A client that keeps a copy of the layer by what it is told."""

    features: dict[str, Json]
    token: str | int

    def follow(self, told: Told) -> None:
        """Do what is told."""
        for feature in told.features:
            kept = {name: feature[name] for name in ("type", "id", "geometry", "properties")}
            if feature["change"] == "removed":
                assert self.features.pop(feature["id"]) == kept
            else:
                assert (feature["id"] in self.features) == (feature["change"] == "changed")
                self.features[feature["id"]] = kept
        self.token = told.token


@pytest.fixture
def folder(engine: Engine) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    # A smaller example would take more loads than it is worth.
    phases=[Phase.generate],
    derandomize="CHANGES_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_what_is_told_is_the_difference_between_two_editions(
    engine: Engine, database_url: str, folder: Path, steps: list[tuple[str, Any]]
) -> None:
    forget_all(engine)
    life = Life({name: {"name": name, "size": 1, "note": None, "place": [17.1, 59.4]} for name in NAMES})
    home = make_home(folder, retention={"releases": RETENTION})
    feed = Feed(home, database_url)
    try:
        _load(engine, home, life)
        watching = Copy(features(engine), 1)
        for step, value in steps:
            epoch = find(engine).erasure_epoch
            _take(engine, home, life, step, value)
            _hold(engine, feed, life)
            if find(engine).erasure_epoch != epoch and isinstance(watching.token, str):
                with pytest.raises(ReleaseGone, match="erased"):
                    feed.all(since=watching.token)
                watching = Copy(features(engine), find(engine).number)
            elif find(engine).erasure_epoch != epoch:
                watching = Copy(features(engine), find(engine).number)
            watching.follow(feed.all(since=watching.token, limit=3))
            assert watching.features == features(engine)
    finally:
        feed.close()


def _take(engine: Engine, home: Path, life: Life, step: str, value: Any) -> None:
    life.steps.append((step, value))
    if step == "rollback":
        readable = [number for number in life.editions if find(engine, number=number).readable]
        older = [number for number in readable if number != max(life.editions)]
        if older:
            number = older[value % len(older)]
            new = rollback(engine, "places", number).number
            life.publish(new, life.editions[number])
        return
    if step == "edit":
        for edit in value:
            life.edit(*edit)
    else:
        life.fields = value
        make_home(home, fields=FIELDS[value], retention={"releases": RETENTION})
    _load(engine, home, life)


def _load(engine: Engine, home: Path, life: Life) -> None:
    write_features(home / "places.geojson", life.source())
    result = load_layer(engine, home, shrink=True, breaking=True)
    if result.outcome == "published":
        assert result.release is not None
        life.publish(result.release)
    life.redact()


def _hold(engine: Engine, feed: Feed, life: Life) -> None:
    """Every release that is kept, told from with pages of several sizes, against the test's own editions."""
    newest = max(life.editions)
    assert features(engine) == life.editions[newest].features
    for number in life.editions:
        if not find(engine, number=number).readable:
            with pytest.raises(ReleaseGone, match="no longer known"):
                feed.page(since=number)
            continue
        expected = life.changes(number, newest)
        for limit in (1, 2, 100):
            told = feed.all(since=number, limit=limit)
            assert told.release == newest
            assert all(len(page["features"]) <= limit for page in told.pages)
            found = [{name: value for name, value in each.items() if name != "time"} for each in told.features]
            assert sorted(each["id"] for each in found) == sorted(expected)
            wrong = [(each, expected[each["id"]]) for each in found if each != expected[each["id"]]]
            assert not wrong, f"since {number}, by {life.steps}: {wrong[0]}"
        with engine.connect() as connection:
            apart = difference(connection, "places", number, newest, limit=1000)
        for kind, names in (("added", apart.added), ("changed", apart.changed), ("removed", apart.removed)):
            assert set(names) == {name for name, each in expected.items() if each["change"] == kind}
