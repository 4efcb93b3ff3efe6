"""A WFS and one of its feature types: capabilities, description, and questions in its version's words."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
from pyproj import CRS

from catalogue.crs import Bounds, crs_from, uri_from
from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources.addresses import shown
from loaders.sources.choice import choose
from loaders.sources.client import Answer, Client
from loaders.sources.wfs_answer import WfsAnswer, read_answer

_VERSIONS = ("2.0.0", "1.1.0")
#: Exceptions that may pass: a database that did not answer, a server that is busy.
_PASSING = ("", "NoApplicableCode", "OperationProcessingFailed", "OperationNotAvailable")
_SCHEMA = "{http://www.w3.org/2001/XMLSchema}"


class WfsService:
    """The service at an address and the feature type that is meant. Raises WrongUse where a choice is a person's."""

    def __init__(self, client: Client, spec: SourceFile, folder: Path) -> None:
        """Ask for capabilities and the type's description."""
        self._client = client
        self._folder = folder
        address = httpx.URL(str(spec.url))
        ours = {"service", "request", "version"}
        said_version = next((value for key, value in address.params.multi_items() if key.lower() == "version"), "")
        self._versions = (said_version,) if said_version in _VERSIONS else _VERSIONS
        kept = [(key, value) for key, value in address.params.multi_items() if key.lower() not in ours]
        self._address = address.copy_with(params=kept) if kept else address.copy_with(query=None)
        self.place = shown(address)
        self.version, said = self._capabilities()
        names = list(said.contents)
        local = [name for name in names if spec.layer == name.rpartition(":")[2]]
        wanted = local[0] if len(local) == 1 else spec.layer
        self.name = choose(self.place, names, wanted, _("{place} has no feature type.", place=self.place))
        self.local_name = self.name.rpartition(":")[2]
        systems = [str(system.getcodeurn()) for system in said.contents[self.name].crsOptions or []]
        default = next((system for system in systems if uri_from(system)), None)
        self.crs: CRS | None = crs_from(spec.crs) if spec.crs else crs_from(default) if default else None
        code = self.crs.to_epsg() if self.crs is not None else None
        # As a URN: then the axes are those of the CRS's own definition, in every version.
        self.srs = f"urn:ogc:def:crs:EPSG::{code}" if code else None
        self.count_key = "count" if self.version == "2.0.0" else "maxFeatures"
        paging = said.constraints.get("ImplementsResultPaging")
        self.pages = paging is None or str(paging.defaultValue).upper() != "FALSE"
        self.licence = _licence(said)
        #: West, south, east, north in degrees, as the server states them.
        self.box: Bounds | None = said.contents[self.name].boundingBoxWGS84
        self.columns = self._described()

    def hits(self) -> int | None:
        """The number of features; None where the server does not know."""
        return self.save({"resultType": "hits"}, self._folder / "hits.xml").matched

    def save(self, asked: dict[str, str], path: Path) -> WfsAnswer:
        """Ask for features (GetFeature), written to a file. Raises WrongUse with the server's own words."""
        names = "typeNames" if self.version == "2.0.0" else "typeName"
        return self._save("GetFeature", {names: self.name, **asked}, path)

    def _save(self, request: str, asked: dict[str, str], path: Path) -> WfsAnswer:
        found: list[WfsAnswer] = []

        def failing(_answer: Answer) -> Message | None:
            try:
                answer = read_answer(path, self.place)
            except Refused as refused:
                # Servers that fail in the middle end their answer there, and call it whole.
                return refused.message
            found[:] = [answer]
            return _("it says: {text}", text=answer.error) if answer.error and answer.code in _PASSING else None

        parameters = {"service": "WFS", "version": self.version, "request": request, **asked}
        self._client.save(str(self._address.copy_merge_params(parameters)), path, failing=failing)
        if found[0].error:
            raise WrongUse(_("{place} says: {reason}.", place=self.place, reason=found[0].error))
        return found[0]

    def _capabilities(self) -> tuple[str, Any]:
        path = self._folder / "capabilities.xml"
        self.version = self._versions[0]
        answer = self._save("GetCapabilities", {"acceptVersions": ",".join(self._versions)}, path)
        if answer.root != "WFS_Capabilities" or answer.version not in self._versions:
            raise WrongUse(
                _(
                    "{place} does not answer as a WFS {versions}, but with “{root}” {version}.",
                    place=self.place,
                    versions=" / ".join(self._versions),
                    root=answer.root,
                    version=answer.version,
                )
            )
        # Half a second of start-up that no other source needs.
        from owslib.wfs import WebFeatureService

        try:
            said = WebFeatureService(str(self._address), version=answer.version, xml=path.read_bytes())
        except Exception as error:
            # The library trusts that everything that the standard demands is there.
            raise Refused(
                _("{place}: its capabilities cannot be read ({reason}).", place=self.place, reason=repr(error))
            ) from error
        path.unlink()
        return answer.version, said

    def _described(self) -> list[str]:
        """The columns that the type's schema declares, without geometries; none where it is beyond us."""
        path = self._folder / "schema.xsd"
        names = "typeNames" if self.version == "2.0.0" else "typeName"
        self._save("DescribeFeatureType", {names: self.name}, path)
        root = ElementTree.parse(path).getroot()
        path.unlink()
        found = []
        for element in root.findall(f".//{_SCHEMA}extension/{_SCHEMA}sequence/{_SCHEMA}element"):
            name, kind = element.get("name"), element.get("type", "")
            if name and not kind.endswith("PropertyType"):
                found.append(name)
        return found


def _licence(said: Any) -> str | None:
    """The address of the licence, where the constraints of use are one (ISO 19128 leaves the words free)."""
    texts = [getattr(said.identification, "accessconstraints", None), getattr(said.identification, "fees", None)]
    return next((text.strip() for text in texts if text and text.strip().startswith("http")), None)
