"""A layer as it is published: the layer file, its model and its publisher made one definition.

The definition is recorded with every release, so that an old release is read as what it was.
"""

from __future__ import annotations

import hashlib
from typing import Self

from pydantic import Field as Setting

from catalogue.approval import Approval
from catalogue.assessment import Assessment
from catalogue.derivation import Derivation
from catalogue.display import Display
from catalogue.field import NO_GEOMETRY, GeometryKind, LanguageText, Origin, PublishedField, Strict
from catalogue.layer_file import Gate, LayerFile, Publication, Retention, SourceFile, Tiles
from catalogue.model import DataModel, Standard, TimeFields
from catalogue.personal import GEOMETRY, IDENTITY, Kind, OwnContacts, Protect, SampleRead
from catalogue.publisher import Publisher
from catalogue.rules import Rule, all_rules

#: What a layer file may say of a field that its model has too.
_OWN = {"type", "title", "description", "unit", "required", "iri", "links", "role", "free_text"}
#: What a layer file says of the personal data in a field.
_REMEDIES = {"redact", "redact_also", "drop"}
#: Who decided, and until when: recorded with a release, but a renewed date makes no new one.
_RECORDS = {"assessment", "sample"}
#: Attributes that came after the first releases: where they say nothing, checksums stay what they were.
_LATER = {"rules", "derivation"}


class LayerField(PublishedField):
    """One published field and where its values come from."""

    name: str
    origin: Origin = Origin()
    #: Remedies for what the search finds in the field, and the kinds that an assessment covers.
    redact: list[Kind] = []
    redact_also: list[str] = []
    drop: list[Kind] = []
    covered: list[Kind] = []


class Layer(Strict):
    """One published layer, resolved: everything that a release depends on, besides its source."""

    id: str = Setting(description="The collection's id: bare for the default publisher, else <publisher>.<layer>.")
    uuid: str | None = None
    publisher: str
    area: tuple[float, float, float, float]
    time_zone: str
    title: LanguageText
    description: LanguageText
    keywords: dict[str, list[str]]
    model: str | None
    standards: list[Standard]
    source: SourceFile
    identity: list[str]
    geometry: GeometryKind
    time: TimeFields | None
    classes: list[str] = []
    fields: list[LayerField]
    gate: Gate
    retention: Retention
    tiles: Tiles = Tiles()
    #: How pages show it: nothing that a release depends on.
    display: Display = Display()
    publish: Publication
    protect: Protect = Protect()
    #: The kinds of finding that an assessment covers in the identity and in the geometry.
    covered: dict[str, list[Kind]] = {}
    sample: SampleRead | None = None
    own: OwnContacts = OwnContacts()
    #: None where the release is older than assessments that are kept with it.
    assessment: Assessment | None = None
    rules: dict[str, Rule] = {}
    approve: Approval = Approval()
    derivation: Derivation | None = None

    @classmethod
    def resolve(cls, file: LayerFile, model: DataModel | None, publisher: Publisher, *, is_default: bool) -> Self:
        """The published definition of a layer file; the model's fields come first, in the model's order.

        Every field of the model is published, also one that this layer cannot fill (it is null), so that all
        publishers of a model have the same schema.
        """
        described: dict[str, PublishedField] = dict(model.fields) if model else {}
        covers = file.assessment.personal_data.covers
        fields: list[LayerField] = []
        for name in [*described, *(name for name in file.fields if name not in described)]:
            filled = file.fields.get(name)
            base = dict(described[name]) if name in described else {}
            own = filled.model_dump(include=_OWN) if filled else {}
            own = {key: value for key, value in own.items() if value is not None}
            remedies = filled.model_dump(include=_REMEDIES, exclude_none=True) if filled else {}
            remedies["covered"] = covers.get(name, [])
            origin = filled.origin(name) if filled else Origin()
            # Both parts were checked where they were read; hundreds of layers have thousands of these.
            fields.append(LayerField.model_construct(**{**base, **own, **remedies, "name": name, "origin": origin}))
        west, south, east, north = publisher.area
        geometry = file.geometry or (model.geometry if model else "any")
        return cls(
            id=file.id if is_default else f"{publisher.id}.{file.id}",
            uuid=file.uuid,
            publisher=publisher.id,
            area=(west, south, east, north),
            time_zone=publisher.time_zone,
            title=file.title or (model.title if model else {"sv": file.id}),
            description=file.description or (model.description if model else {}),
            keywords=file.keywords or (model.keywords if model else {}),
            model=file.model,
            standards=model.standards if model else [],
            source=file.source or file.sources[0].place,
            identity=file.identity,
            geometry=geometry,
            time=file.time or (model.time if model else None),
            classes=file.classes or (model.classes if model else []),
            fields=fields,
            gate=file.gate,
            retention=file.retention,
            tiles=file.tiles,
            display=(model.display if model else Display()).overridden(file.display),
            publish=file.publish,
            protect=file.protect,
            covered={key: kinds for key, kinds in covers.items() if key in (IDENTITY, GEOMETRY)},
            sample=file.assessment.personal_data.sample,
            own=publisher.own_contacts,
            assessment=file.assessment,
            approve=file.approve,
            rules=all_rules(model.rules if model else {}, file.rules),
            derivation=Derivation.of(file.where, file.sources, file.join, file.hook),
        )

    @property
    def content_identity(self) -> bool:
        """Whether features are identified by their content, the source having no key."""
        return self.identity == ["content"]

    @property
    def has_geometry(self) -> bool:
        """Whether its features have a place; those of a ledger have none."""
        return self.geometry != NO_GEOMETRY

    def field(self, name: str) -> LayerField | None:
        """The published field of that name."""
        return next((field for field in self.fields if field.name == name), None)

    def public(self) -> Self:
        """What readers may know: nothing of the source's path, columns and value maps, the gate and the remedies."""
        none = {"origin": Origin(), "redact": [], "redact_also": [], "drop": [], "covered": []}
        private = {
            "source": SourceFile(path="-"), "identity": [], "gate": Gate(), "protect": Protect(), "covered": {},
            "sample": None, "own": OwnContacts(), "assessment": None, "rules": {},
            "approve": Approval(),
            "derivation": None,
        }  # fmt: skip
        return self.model_copy(update={**private, "fields": [field.model_copy(update=none) for field in self.fields]})

    def checksum(self) -> str:
        """SHA-256 (hex) of the definition: one of the three things that a release is a function of."""
        said = self.model_copy(update=dict.fromkeys(_RECORDS))
        unsaid = {name for name in _LATER if not getattr(self, name)} | {"assessment", "approve", "display"}
        return hashlib.sha256(said.model_dump_json(exclude=unsaid).encode()).hexdigest()
