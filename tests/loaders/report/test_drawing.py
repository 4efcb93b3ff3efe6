"""The map of a report: positions held against pyproj and shapely, and its bounds."""

from __future__ import annotations

import re

import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import LineString, Point, Polygon, box

from loaders.report.drawing import MOST, WIDTH, draw
from loaders.report.facts import Shape
from loaders.report.measure import shares

AREA = (16.7, 59.15, 17.75, 59.65)


def shape(kind: str, geometry: shapely.Geometry) -> Shape:
    return Shape(kind, shapely.to_wkb(geometry))  # type: ignore[arg-type]


def test_positions_are_those_of_an_equirectangular_projection() -> None:
    places = [Point(16.7, 59.15), Point(17.75, 59.65), Point(17.1, 59.4), Point(17.6, 59.2)]
    picture = draw([shape("added", place) for place in places], AREA)
    assert picture and picture.features == 4
    # PROJ's own: true along the middle latitude, as the picture is.
    project = Transformer.from_crs("OGC:CRS84", "+proj=eqc +lat_ts=59.4 +R=6371000", always_xy=True).transform
    expected = shapely.transform(shapely.multipoints(places), lambda c: shapely.get_coordinates(
        shapely.points(*project(c[:, 0], c[:, 1]))))  # fmt: skip
    drawn = [
        tuple(map(float, spot)) for spot in re.findall(r"M([\d.]+) ([\d.]+)m", "".join(picture.drawn["added"].marks))
    ]
    found = shapely.multipoints(drawn)
    west, south, east, north = expected.bounds
    scale = (found.bounds[2] - found.bounds[0]) / (east - west)
    again = shapely.affinity.affine_transform(
        expected, [scale, 0, 0, -scale, found.bounds[0] - west * scale, found.bounds[1] + north * scale]
    )
    assert found.hausdorff_distance(again) < 0.15
    assert picture.size[0] == pytest.approx(WIDTH)


def test_lines_and_areas_are_drawn_where_they_lie_and_small_ones_as_marks() -> None:
    square = box(17.0, 59.3, 17.2, 59.4)
    ring = Polygon(square.exterior.coords, [box(17.05, 59.33, 17.1, 59.36).exterior.coords])
    picture = draw(
        [
            shape("changed", ring),
            shape("removed", LineString([(16.8, 59.2), (17.5, 59.5)])),
            shape("added", box(17.3, 59.3, 17.30001, 59.30001)),
        ],
        AREA,
    )
    assert picture
    (outline,) = picture.drawn["changed"].areas
    rings = [
        [tuple(map(float, pair.split(" ")[i : i + 2])) for i in range(0, len(pair.split(" ")), 2)]
        for pair in (part.replace("L", " ").strip() for part in outline.strip("Mz").replace("zM", "|").split("|"))
    ]
    drawn = Polygon(rings[0], rings[1:])
    assert drawn.area / drawn.convex_hull.area == pytest.approx(ring.area / square.area, rel=0.02)
    left, top, width, height = picture.area
    share = drawn.convex_hull.area / (width * height)
    assert share == pytest.approx(square.area / box(*AREA).area, rel=0.02)
    assert len(picture.drawn["removed"].lines) == 1 and len(picture.drawn["added"].marks) == 1


def test_the_picture_is_bounded() -> None:
    circle = Point(17.2, 59.4).buffer(0.2, quad_segs=30)
    jagged = Polygon([(x + (i % 2) * 0.02, y + (i % 3) * 0.02) for i, (x, y) in enumerate(circle.exterior.coords[:-1])])
    picture = draw([shape("added", shapely.make_valid(jagged))] * (MOST + 5), AREA)
    assert picture and picture.features == MOST
    drawn = picture.drawn["added"]
    assert sum(map(len, [*drawn.areas, *drawn.lines, *drawn.marks])) < 400_000 and drawn.marks and drawn.areas
    assert draw([], AREA) is None


@pytest.mark.parametrize("counts", [(5000, 3, 2), (10, 10, 10), (5000, 5000, 5000), (0, 0, 9000), (700, 5000, 600)])
def test_what_is_rare_is_drawn_whole(counts: tuple[int, int, int]) -> None:
    drawn = shares(*counts)
    assert sum(drawn) == min(sum(counts), MOST)
    assert all(few == count for few, count in zip(drawn, counts, strict=True) if count <= MOST // 3)


def test_what_lies_outside_widens_the_frame() -> None:
    picture = draw([shape("added", Point(18.5, 59.4))], AREA)
    assert picture and picture.area[0] + picture.area[2] < picture.size[0] / 1.5
