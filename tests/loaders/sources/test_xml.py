"""GML and KML: values as they are written, nothing left out, and XML that means harm."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from catalogue.problems import Refused, WrongUse
from tests.loaders.sources.written import opened, rows

GML = """<?xml version="1.0" encoding="{encoding}"?>
<f:FeatureCollection xmlns:f="http://f" xmlns:gml="http://www.opengis.net/gml/3.2"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{schema}>
{members}
</f:FeatureCollection>
"""
MEMBER = (
    '<f:member><f:{name} gml:id="{name}.{n}"><f:antal>{antal}</f:antal><f:dag>{dag}</f:dag><f:g>'
    '<gml:Point srsName="{srs}"><gml:pos>{pos}</gml:pos></gml:Point></f:g></f:{name}></f:member>'
)
URN, OLD = "urn:ogc:def:crs:EPSG::3006", "http://www.opengis.net/gml/srs/epsg.xml#3006"
KML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    '<Schema name="s" id="s"><SimpleField name="antal" type="int"/></Schema>{places}</Document></kml>\n'
)
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


POS = "6580000 670000"


def member(
    number: int, name: str = "Hus", srs: str = URN, pos: str = "6580000 670000", antal: object = 1, dag: str = ""
) -> str:
    return MEMBER.format(name=name, n=number, antal=antal, dag=dag, srs=srs, pos=pos)


def gml(path: Path, *members: str, encoding: str = "utf-8", schema: str = "") -> Path:
    path.write_bytes(GML.format(encoding=encoding, schema=schema, members="\n".join(members)).encode(encoding))
    return path


def place(name: str, antal: object = 1) -> str:
    return (
        f'<Placemark><name>{name}</name><ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="antal">{antal}'
        "</SimpleData></SchemaData></ExtendedData><Point><coordinates>17,59.3</coordinates></Point></Placemark>"
    )


def test_gml_values_are_those_of_the_file(tmp_path: Path) -> None:
    path = gml(tmp_path / "a.gml", member(1, dag="2026-02-30"), member(2, antal="två", dag="2026-02-28"))
    schema = path.with_suffix(".xsd")
    schema.write_text("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>", "utf-8")
    found = rows(opened(path))
    assert [(row["antal"], row["dag"]) for row in found] == [("1", "2026-02-30"), ("två", "2026-02-28")]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.gml", "a.xsd"]


@pytest.mark.parametrize(("srs", "pos"), [(URN, "6580000 670000"), (OLD, "670000 6580000")])
def test_gml_axes_are_turned_where_the_name_says_so(tmp_path: Path, srs: str, pos: str) -> None:
    (row,) = rows(opened(gml(tmp_path / "a.gml", member(1, srs=srs, pos=pos))))
    assert (row["_wkb"].x, row["_wkb"].y) == (670000, 6580000)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252"])
def test_gml_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (row,) = rows(opened(gml(tmp_path / "a.gml", member(1, antal="Ångström"), encoding=encoding)))
    assert row["antal"] == "Ångström"


def test_gml_with_several_layers(tmp_path: Path) -> None:
    path = gml(tmp_path / "a.gml", member(1), member(2, "Väg"), member(3, "Väg"))
    with pytest.raises(WrongUse, match=r"Hus \(1 × Point\), Väg \(2 × Point\)"):
        opened(path)
    assert len(rows(opened(path, layer="Väg"))) == 2


def test_gml_with_different_systems_is_refused(tmp_path: Path) -> None:
    path = gml(tmp_path / "a.gml", member(1), member(2, srs="urn:ogc:def:crs:EPSG::3011"))
    with pytest.raises(Refused, match=r"different coordinate reference systems: .*EPSG::3006, .*EPSG::3011"):
        opened(path)


@pytest.mark.parametrize("srs", [URN, OLD, "EPSG:3006", "http://www.opengis.net/def/crs/EPSG/0/3006"])
@pytest.mark.parametrize("around", ["urn:ogc:def:crs:EPSG::4326", "urn:ogc:def:crs:EPSG::3011"])
def test_gml_whose_box_is_in_another_system_is_read_in_its_own(tmp_path: Path, srs: str, around: str) -> None:
    box = f'<gml:boundedBy><gml:Envelope srsName="{around}"><gml:lowerCorner>59 17</gml:lowerCorner>'
    box += "<gml:upperCorner>60 18</gml:upperCorner></gml:Envelope></gml:boundedBy>"
    turned = srs == URN or srs.endswith("/3006")
    source = opened(gml(tmp_path / "a.gml", box, member(1, srs=srs, pos=POS if turned else "670000 6580000")))
    assert source.info.crs is not None and source.info.crs.to_epsg() == 3006
    (row,) = rows(source)
    assert (row["_wkb"].x, row["_wkb"].y) == (670000, 6580000)


def test_gml_layers_may_have_a_system_each(tmp_path: Path) -> None:
    other = member(2, "Väg", srs="urn:ogc:def:crs:EPSG::3011", pos="6580000 150000")
    path = gml(tmp_path / "a.gml", member(1), other)
    for layer, code in (("Hus", 3006), ("Väg", 3011)):
        source = opened(path, layer=layer)
        assert source.info.crs is not None and source.info.crs.to_epsg() == code


def test_a_linked_schema_is_not_fetched(tmp_path: Path) -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/a.xsd"
        path = gml(tmp_path / "a.gml", member(1), schema=f' xsi:schemaLocation="http://f {address}"')
        assert len(rows(opened(path))) == 1
        server.shutdown()
    assert asked == []


@pytest.mark.parametrize("suffix", [".gml", ".kml"])
@pytest.mark.parametrize("trick", [LAUGHS, OUTSIDE])
def test_entities_are_refused_at_their_line(tmp_path: Path, suffix: str, trick: str) -> None:
    path = tmp_path / f"a{suffix}"
    text = (
        GML.format(encoding="utf-8", schema="", members=member(1))
        if suffix == ".gml"
        else KML.format(places=place("a"))
    )
    first, rest = text.split("\n", 1)
    path.write_text(f"{first}\n{trick}\n{rest}", "utf-8")
    with pytest.raises(Refused, match=rf"a\{suffix}, line 2: the file declares the XML entity “a”"):
        opened(path)


@pytest.mark.parametrize("suffix", [".gml", ".kml"])
def test_endless_nesting_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    deep = "<Folder>" * 100_000 + "</Folder>" * 100_000
    path.write_text(KML.format(places=deep), "utf-8")
    with pytest.raises(Refused, match=rf"a\{suffix}, line 2: the elements are nested deeper than 200"):
        opened(path)


def test_kml_values_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(KML.format(places=place("Ängen") + place("Åsen", "två")), "utf-8")
    source = opened(path)
    assert [(row["Name"], row["antal"]) for row in rows(source)] == [("Ängen", "1"), ("Åsen", "två")]
    assert "begin" not in source.info.columns and "altitudeMode" not in source.info.columns


def test_kml_folders_are_layers(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    inner = f"<Folder><name>A</name>{place('inner')}</Folder>"
    path.write_text(
        KML.format(places=f"<name>D</name>{place('top')}<Folder><name>A</name>{place('outer')}{inner}</Folder>"),
        "utf-8",
    )
    with pytest.raises(WrongUse, match=r"A \(1 × Unknown\), A \(#2\) \(1 × Unknown\), D \(1 × Unknown\)"):
        opened(path)
    assert [row["Name"] for row in rows(opened(path, layer="A (#2)"))] == ["inner"]


def test_links_in_a_kml_are_counted_and_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/b.kml</href></Link></NetworkLink>"
    path.write_text(KML.format(places=place("a") + link), "utf-8")
    source = opened(path)
    assert len(rows(source)) == 1 and any("1 links" in str(note) for note in source.info.notes)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.gml", "<html><body/></html>", "no GML"),
        ("a.xml", "<d2LogicalModel/>", "no GML"),
        ("a.kml", "<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>", "no KML"),
        ("a.gml", "<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>", "no GML"),
        ("a.gml", "", "empty"),
        ("a.gml", "<a><b></a>", "line 1, column 9"),
        ("a.kml", '<?xml version="1.0" encoding="klingon"?><kml/>', "a.kml"),
    ],
)
def test_other_xml_is_told_apart(tmp_path: Path, name: str, content: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises((Refused, WrongUse), match=said):
        opened(path)
