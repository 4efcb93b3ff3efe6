"""`kartlagd dcat`: the descriptions that data portals harvest, without a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from catalogue.database.migrate import require_current
from catalogue.download import newest_downloads
from catalogue.files.home import Home
from catalogue.iri import web_address
from catalogue.language import _
from catalogue.problems import Mistake, WrongUse, did_you_mean
from catalogue.release import current_releases
from cli.description import show_problems
from cli.surroundings import Surroundings
from plugins.dcat.addresses import Addresses, dataset_name
from plugins.dcat.documents import FORMATS, Documents, Format, Profile
from plugins.dcat.facts import CatalogueFacts, DatasetFacts, gather
from server.configuration import visible_releases

#: The endings of files.
_ENDINGS: dict[Format, str] = {"xml": "rdf", "ttl": "ttl", "jsonld": "jsonld"}


@click.command(
    "dcat",
    short_help="Write or check what data portals harvest.",
    epilog="Examples: kartlagd dcat --validate · kartlagd dcat --layer roadworks --format ttl · "
    "kartlagd dcat --output public/dcat --address https://www.exempelby.example",
)
@click.option("--publisher", help="Whose catalogue; else that of the default publisher.")
@click.option("--layer", help="One layer alone, as a document that stands alone.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)),
    help="RDF/XML (which portals harvest), Turtle or JSON-LD; else RDF/XML, and all three with --output.",
)  # fmt: skip
@click.option("--inspire", is_flag=True, help="Add the themes of INSPIRE, which dataportal.se does not take.")
@click.option("--validate", is_flag=True, help="Say what portals would refuse or degrade, instead of printing it.")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False),
    help="Write files into this folder: dcat.rdf, and one for each catalogue and each dataset.",
)  # fmt: skip
@click.option("--address", help="The server's public address; else that of config/server.yml.")
def command(
    publisher: str | None,
    layer: str | None,
    form: Format | None,
    inspire: bool,
    validate: bool,
    output: Path | None,
    address: str | None,
) -> None:
    """Print a publisher's catalogue, or one layer, as data portals harvest it (DCAT-AP-SE).

    The database must be there, a server need not be. The files of --output can lie on any web server; dcat.rdf is the
    one that the portal harvests. The exit code is 2 where --validate finds what a portal would refuse.
    """
    surroundings = Surroundings.find()
    home = surroundings.files
    catalogues = _catalogues(surroundings, address)
    chosen, facts = _chosen(home, catalogues, publisher, layer)
    profile: Profile = "geodcat-ap" if inspire else "dcat-ap-se"
    documents = Documents()
    if output:
        shown = catalogues if publisher is None and layer is None else {chosen.publisher.id: chosen}
        forms = [form] if form else list(FORMATS)
        written = list(_write(output, _files(documents, home, shown, facts, forms, profile)))
        click.echo(_("{count} files are written to {folder}.", count=len(written), folder=output))
    elif not validate:
        wanted = form or "xml"
        text = documents.dataset(chosen, facts, wanted, profile) if facts else (
            documents.catalogue(chosen, wanted, profile)
        )  # fmt: skip
        click.echo(text.decode(), nl=False)
    sys.exit(_validate(home, chosen, facts) if validate else 0)


def _catalogues(surroundings: Surroundings, address: str | None) -> dict[str, CatalogueFacts]:
    home = surroundings.files
    if not (address or home.settings.base_url):
        message = _("The public address is not known, and descriptions hold it. {remedy}",
                    remedy=_("Write base_url in config/server.yml, or --address https://…"))  # fmt: skip
        raise WrongUse(message)
    try:
        stated = web_address(address) if address else home.settings.base_url
    except Mistake as mistake:
        raise WrongUse(_("--address: {problem} {remedy}", problem=mistake.message, remedy=mistake.suggestion)) from None
    settings = home.settings.model_copy(update={"base_url": stated})
    engine = surroundings.engine()
    with engine.connect() as connection:
        require_current(connection)
        releases = visible_releases(home, current_releases(connection))
        downloads = newest_downloads(connection)
    engine.dispose()
    return gather(home, releases, downloads, Addresses.of(settings, ""))


def _chosen(
    home: Home, catalogues: Mapping[str, CatalogueFacts], publisher: str | None, layer: str | None
) -> tuple[CatalogueFacts, DatasetFacts | None]:
    """The catalogue that is asked for, and the layer where that is asked for alone."""
    if layer is not None:
        for catalogue in catalogues.values():
            for facts in catalogue.datasets:
                if facts.layer.id == layer and publisher in (None, catalogue.publisher.id):
                    return catalogue, facts
        home.layer(layer)
        raise WrongUse(_("“{layer}” has no release yet. Load it: kartlagd load {layer}", layer=layer))
    name = publisher or home.default_publisher
    if name is None or name not in catalogues:
        known = _("There are: {names}.", names=", ".join(catalogues) or "–")
        suggestion = did_you_mean(name or "", catalogues) or known
        raise WrongUse(_("There is no publisher “{name}”. {suggestion}", name=name or "–", suggestion=suggestion))
    return catalogues[name], None


def _files(
    documents: Documents, home: Home, catalogues: Mapping[str, CatalogueFacts], alone: DatasetFacts | None,
    forms: list[Format], profile: Profile,
) -> Iterator[tuple[str, bytes]]:  # fmt: skip
    """Paths and contents; the paths are those of the IRIs, below `/dcat/`."""
    for form in forms:
        ending = _ENDINGS[form]
        for name, catalogue in catalogues.items():
            for facts in catalogue.datasets:
                if alone in (None, facts):
                    path = f"datasets/{dataset_name(facts.layer)}.{ending}"
                    yield path, documents.dataset(catalogue, facts, form, profile)
            if alone is None:
                content = documents.catalogue(catalogue, form, profile)
                yield f"catalogs/{name}.{ending}", content
                if name == home.default_publisher:
                    yield f"dcat.{ending}", content


def _write(folder: Path, files: Iterator[tuple[str, bytes]]) -> Iterator[Path]:
    for name, content in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: a portal may be reading.
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(content)
        beside.replace(path)
        yield path


def _validate(home: Home, catalogue: CatalogueFacts, alone: DatasetFacts | None) -> int:
    from plugins.dcat.check import check

    problems = check(home, [catalogue, *catalogue.parts])
    if alone:
        problems = [found for found in problems if found.file == home.paths.get(alone.layer.id)]
    show_problems(problems)
    errors = sum(found.level == "error" for found in problems)
    count = 1 if alone else len(catalogue.everything)
    click.echo(_("Datasets: {count}. Portals would refuse: {errors}, degrade: {warnings}.",
                 count=count, errors=errors, warnings=len(problems) - errors))  # fmt: skip
    return 2 if errors else 0
