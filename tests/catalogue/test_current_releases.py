from __future__ import annotations

from shapely.geometry import Point
from sqlalchemy import Engine, text

from catalogue.current_releases import CurrentReleases
from catalogue.release import Release, catalogue_revision, current_releases
from tests.releases import Feature, Publisher, layer

ROWS = [Feature("a", Point(670000, 6580000), {"name": "a", "lanes": 1})]


def test_only_what_changed_is_read_again(engine: Engine) -> None:
    publisher, known = Publisher(engine), CurrentReleases()

    def read() -> dict[str, Release]:
        with engine.connect() as connection:
            _revision, incarnation = catalogue_revision(connection)
            found = known.read(connection, incarnation)
            assert found == current_releases(connection)
            return found

    assert read() == {}
    for number in range(12):
        publisher.publish(layer(f"l{number}"), ROWS)
    first = read()
    assert len(first) == 12
    publisher.publish(layer("l3"), ROWS * 1)
    second = read()
    assert second["l3"].number == 2
    assert all(second[id_] is first[id_] for id_ in first if id_ != "l3")
    changes = [
        "UPDATE kartlagd.release SET state = 'withdrawn' WHERE layer = 'l4'",
        "UPDATE kartlagd.layer SET erasure_epoch = erasure_epoch + 1 WHERE id = 'l4'",
        """UPDATE kartlagd.release SET definition = jsonb_set(definition::jsonb, '{title}', '{"sv": "Annat"}')
           WHERE layer = 'l4'""",
        """UPDATE kartlagd.release SET byte_sizes = '{"geojson": 7}' WHERE layer = 'l4'""",
        "UPDATE kartlagd.layer SET current_release = 1 WHERE id = 'l3'",
    ]
    before = second
    for change in changes:
        with engine.begin() as connection:
            connection.execute(text(change))
        after = read()
        assert sum(after[id_] is not before[id_] for id_ in after) == 1, change
        before = after
    with engine.begin() as connection:
        connection.execute(text("UPDATE kartlagd.catalogue SET incarnation = gen_random_uuid()"))
    assert all(release is not before[id_] for id_, release in read().items())
