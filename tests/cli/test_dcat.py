"""`kartlagd dcat`: what portals harvest, from the files and the database, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, RDF
from sqlalchemy import Engine

from plugins.dcat.namespaces import DCAT
from tests.command import run
from tests.homes import LAYER, load_layer, make_home, places, write_features

ADDRESS = "https://geodata.exempelby.example"
UUID = "6d8b2f5e-7f0b-4d0c-9a6f-3f1f6f6c7a10"
DATASET = URIRef(f"{ADDRESS}/dcat/datasets/{UUID}")
OTHER = URIRef(f"{ADDRESS}/dcat/datasets/trees")
PLANNED = {
    "id": "paths", "publisher": "exempelby", "status": "planned", "expected": "2027-01-01",
    "title": {"sv": "Stigar", "en": "Paths"},
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[Path]:
    """Two layers with a release, and one that is planned."""
    folder = make_home(tmp_path_factory.mktemp("home"), uuid=UUID)
    make_home(folder, LAYER, id="trees", source={"path": "trees.geojson"})
    make_home(folder, PLANNED)
    for layer in ("places", "trees"):
        write_features(folder / f"{layer}.geojson", places(20))
        load_layer(engine, folder, layer)
    yield folder


def test_the_catalogue_in_each_format(home: Path, database_url: str) -> None:
    graphs = []
    for form, reader in (("xml", "xml"), ("ttl", "turtle")):
        done = run(home, "dcat", "--address", ADDRESS, "--format", form, url=database_url)
        assert (done.returncode, done.stderr) == (0, "")
        again = run(home, "dcat", "--address", ADDRESS, "--format", form, url=database_url)
        assert again.stdout == done.stdout
        graphs.append(Graph().parse(data=done.stdout, format=reader))
    assert isomorphic(*graphs)
    datasets = set(graphs[0].subjects(RDF.type, DCAT.Dataset))
    assert datasets == {DATASET, OTHER, URIRef(f"{ADDRESS}/dcat/datasets/paths")}
    assert (DATASET, DCTERMS.identifier, Literal(UUID)) in graphs[0]


def test_a_release_changes_its_own_dataset_alone(home: Path, engine: Engine, database_url: str) -> None:
    def harvest() -> Graph:
        return Graph().parse(data=run(home, "dcat", "--address", ADDRESS, url=database_url).stdout, format="xml")

    def said(graph: Graph, subject: URIRef) -> set[str]:
        return {line for line in graph.cbd(subject).serialize(format="nt").splitlines() if "_:" not in line}

    before = harvest()
    write_features(home / "places.geojson", places(25))
    number = load_layer(engine, home).release
    after = harvest()
    assert after.value(DATASET, DCAT.version) == Literal(str(number))
    assert said(before, DATASET) != said(after, DATASET)
    assert said(before, OTHER) == said(after, OTHER)


def test_files_that_stand_alone(home: Path, database_url: str, tmp_path: Path) -> None:
    done = run(home, "dcat", "--address", ADDRESS, "--output", str(tmp_path / "out"), url=database_url)
    assert done.returncode == 0 and "15 files are written" in done.stdout
    out = tmp_path / "out"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {f"dcat.{ending}" for ending in ("rdf", "ttl", "jsonld")} <= names
    assert f"datasets/{UUID}.rdf" in names and "datasets/trees.jsonld" in names and "catalogs/exempelby.ttl" in names
    assert (out / "dcat.rdf").read_bytes() == (out / "catalogs/exempelby.rdf").read_bytes()
    assert (out / "dcat.rdf").read_text("utf-8") == run(home, "dcat", "--address", ADDRESS, url=database_url).stdout
    alone = Graph().parse(out / f"datasets/{UUID}.rdf")
    assert (DATASET, RDF.type, DCAT.Dataset) in alone and (OTHER, RDF.type, DCAT.Dataset) not in alone
    publisher = alone.value(DATASET, DCTERMS.publisher)
    assert publisher and (publisher, RDF.type, None) in alone
    run(home, "dcat", "--address", ADDRESS, "--output", str(tmp_path / "one"), "--layer", "places", "--format", "ttl",
        url=database_url)  # fmt: skip
    assert [path.name for path in (tmp_path / "one").rglob("*") if path.is_file()] == [f"{UUID}.ttl"]


def test_what_portals_would_say(home: Path, database_url: str) -> None:
    done = run(home, "dcat", "--address", ADDRESS, "--validate", url=database_url)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert all(line.startswith("warning: ") for line in lines[:-1]) and "rdf:RDF" not in done.stdout
    assert any("collections/trees.yml: uuid: Without a UUID" in line for line in lines)
    assert lines[-1].startswith("Datasets: 3. Portals would refuse: 0, degrade: ")
    alone = run(home, "dcat", "--address", ADDRESS, "--validate", "--layer", "places", url=database_url)
    assert "Datasets: 1." in alone.stdout and "trees" not in alone.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "The public address is not known, and descriptions hold it. Write base_url in config/server.yml"),
        (["--address", "https://a b"], "holds a character that an address cannot have. Write %20 for it."),
        (["--address", ADDRESS, "--publisher", "exampelby"], "Did you mean “exempelby”?"),
        (["--address", ADDRESS, "--layer", "plces"], "Did you mean “places”?"),
        (["--address", ADDRESS, "--format", "rdf"], "'rdf' is not one of 'xml', 'ttl', 'jsonld'"),
    ],
)
def test_wrong_use(home: Path, database_url: str, words: list[str], message: str) -> None:
    done = run(home, "dcat", *words, url=database_url)
    assert done.returncode == 2 and message in done.stderr and not done.stdout


def test_a_layer_that_was_never_loaded(home: Path, database_url: str) -> None:
    make_home(home, LAYER, id="later", source={"path": "later.geojson"})
    done = run(home, "dcat", "--address", ADDRESS, "--layer", "later", url=database_url)
    (home / "collections/later.yml").unlink()
    assert done.returncode == 2 and "“later” has no release yet. Load it: kartlagd load later" in done.stderr


def test_what_portals_refuse_is_not_published(home: Path, database_url: str, tmp_path: Path) -> None:
    make_home(home, LAYER, id="bare", source={"path": "places.geojson"}, description=None)
    try:
        checked = run(home, "check")
        assert checked.returncode == 2 and "mistake: collections/bare.yml: description: " in checked.stdout
        done = run(home, "load", "bare", url=database_url)
        assert done.returncode == 1
        assert "bare: data portals would refuse the description. Nothing was published." in done.stderr
        assert "collections/bare.yml: description: The layer has no description" in done.stderr
        dry = run(home, "load", "bare", "--dry-run", url=database_url)
        assert dry.returncode == 1
        assert "bare" not in run(home, "dcat", "--address", ADDRESS, url=database_url).stdout
    finally:
        (home / "collections/bare.yml").unlink()


def test_a_file_that_portals_would_refuse_does_not_replace_what_was_published(home: Path, database_url: str) -> None:
    before = run(home, "dcat", "--address", ADDRESS, url=database_url).stdout
    make_home(home, LAYER, id="trees", source={"path": "trees.geojson"}, description=None)
    try:
        assert run(home, "dcat", "--address", ADDRESS, url=database_url).stdout == before
        assert run(home, "dcat", "--address", ADDRESS, "--validate", url=database_url).returncode == 0
    finally:
        make_home(home, LAYER, id="trees", source={"path": "trees.geojson"})
