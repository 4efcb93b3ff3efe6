"""Terms of vocabularies: what a field or a model means, so that programs of others understand it (RDF).

A term is written with one of the prefixes below (`schema:name`), or as a whole IRI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from catalogue.iri import web_address
from catalogue.language import _
from catalogue.problems import Mistake, did_you_mean

#: Vocabularies that need no introduction: schema.org, GeoSPARQL 1.1, the EU's Core Vocabularies and what those use.
PREFIXES: Mapping[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "cv": "http://data.europa.eu/m8g/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "rov": "http://www.w3.org/ns/regorg#",
    "schema": "https://schema.org/",
    "sf": "http://www.opengis.net/ont/sf#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "time": "http://www.w3.org/2006/time#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def expanded(term: str) -> str:
    """The IRI of a term. Raises Mistake where it is none."""
    prefix, _colon, name = term.partition(":")
    if name.startswith("//"):
        return web_address(term)
    if prefix in PREFIXES and _NAME.fullmatch(name):
        return PREFIXES[prefix] + name
    message = _("“{term}” is no term of a vocabulary.", term=term)
    if prefix in PREFIXES:
        raise Mistake(message, _("After the prefix stands a name, such as schema:name."))
    known = _("Write a whole IRI, or one of the prefixes {prefixes}.", prefixes=", ".join(PREFIXES))
    raise Mistake(message, did_you_mean(prefix, PREFIXES) or known)


def _term(text: str) -> str:
    expanded(text)
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Term = Annotated[str, AfterValidator(_term)]
#: One or several.
Terms = Annotated[list[Term], BeforeValidator(_as_list, json_schema_input_type=str | list[str])]
CLASS_DESCRIPTION = "What the features are, as terms of vocabularies (schema:ParkingFacility) or IRIs; used in JSON-LD."
