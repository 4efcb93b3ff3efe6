"""What pydantic cannot see in a layer file: what it says about its model, its publisher, its name and its CRSs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from pydantic import TypeAdapter, ValidationError

from catalogue.assessment import Assessment, concerns
from catalogue.crs import crs_from
from catalogue.field import EPSG_PATTERN, NO_GEOMETRY, FieldType
from catalogue.files.derivation_checks import check_derivation
from catalogue.files.display_checks import check_display
from catalogue.files.link_checks import check_links
from catalogue.files.mistakes import part, validate
from catalogue.files.model_checks import check_time, valid_parts
from catalogue.files.personal_checks import check_personal
from catalogue.files.reading import Files, StoredLayer
from catalogue.files.rule_checks import check_layer_rules
from catalogue.files.yaml_file import KeyPath, YamlFile
from catalogue.language import Message, _
from catalogue.layer_file import UNPUBLISHED, AnyLayerFile, FieldSource, LayerFile, Tiles
from catalogue.model import DataModel
from catalogue.problems import BLOCKING, WrongUse, did_you_mean

#: The CRSs that Swedish publishers use: SWEREF 99 TM and its zones, RT 90 2.5 gon V, WGS 84.
SWEDISH_CRS = [f"EPSG:{code}" for code in (*range(3006, 3019), 3021, 4326)]
_VALUES: Mapping[str | None, TypeAdapter[object]] = {
    "integer": TypeAdapter(int),
    "number": TypeAdapter(float),
    "boolean": TypeAdapter(bool),
}


def check_layer(stored: StoredLayer, files: Files) -> AnyLayerFile | None:
    """The layer file, or None; every mistake is in `stored.file.problems`.

    It is a LayerFile where the layer is published.
    """
    file = stored.file
    if not file.data:
        return None
    layer_file = validate(AnyLayerFile if file.data.get("status") in UNPUBLISHED else LayerFile, file)
    _Check(stored, files).run()
    return layer_file


class _Check:
    """The checks of one file. They read the raw data, so that one mistake does not hide the others."""

    def __init__(self, stored: StoredLayer, files: Files) -> None:
        self.stored = stored
        self.file: YamlFile = stored.file
        self.files = files
        self.data = stored.file.data
        self.published = self.data.get("status") not in UNPUBLISHED

    def run(self) -> None:
        self._name()
        self._status()
        self._publisher()
        model = self._model()
        fields = valid_parts(FieldSource, self.data.get("fields"))
        if model or not self.data.get("model"):
            self._fields(fields, model)
            self._time(fields, model)
            self._tiles(fields, model)
            self._display(fields, model)
            geometry = self.data.get("geometry") or (model.geometry if model else None)
            check_personal(self.file, fields, _types(fields, model), geometry)
            check_links(self.stored, self.files, model, _types(fields, model))
            check_layer_rules(self.file, fields, _types(fields, model), model)
            units = {name: field.unit for name, field in (model.fields if model else {}).items()}
            units = {name: field.unit for name, field in fields.items()} | units
            check_derivation(self.file, fields, _types(fields, model), units, published=self.published)
        self._geometry(model)
        self._identity()
        self._geometry_columns()
        self._coordinate_systems()
        self._assessment()

    def _say(self, key: KeyPath, message: Message, suggestion: Message | None = None) -> None:
        self.file.problems.append(self.file.problem(key, message, suggestion))

    def _status(self) -> None:
        """The ground belongs to withheld layers, the day to planned ones."""
        status = self.data.get("status")
        if status == "withheld" and self.data.get("ground") is None:
            remedy = _("For example: {example}", example='ground: {sv: "Sekretess enligt …", en: "Secrecy under …"}')
            self._say(("ground",), _("“ground” is missing: say why the layer is withheld."), remedy)
        for key, belongs in (("ground", "withheld"), ("expected", "planned")):
            if self.data.get(key) is not None and status != belongs:
                message = _("“{key}” goes with `status: {status}` alone.", key=key, status=belongs)
                self._say((key,), message, _("Remove it here."))

    def _assessment(self) -> None:
        """What nobody has decided yet or no longer holds: the layer can be read, but no release is made of it."""
        assessment = part(Assessment, self.data.get("assessment"))
        for concern in concerns(assessment, date.today()) if assessment else ():
            level = BLOCKING if concern.blocks else "warning"
            self.file.problems.append(self.file.problem(concern.key, concern.message, concern.remedy, level=level))

    def _name(self) -> None:
        id_ = self.data.get("id")
        if isinstance(id_, str) and id_ != self.stored.name:
            message = _("The id is “{id}”, but the file is called {file}.", id=id_, file=self.file.path.name)
            self._say(("id",), message, _("Call the file {id}.yml.", id=id_))

    def _publisher(self) -> None:
        name = self.data.get("publisher")
        if not isinstance(name, str):
            return
        if name not in self.files.publisher_names:
            message = _("There is no publisher “{name}”.", name=name)
            names = ", ".join(self.files.publisher_names)
            known = _("There are: {names}.", names=names) if names else None
            self._say(("publisher",), message, did_you_mean(name, self.files.publisher_names) or known)
        elif name not in self.files.publishers:
            message = _("The publisher “{name}” cannot be used.", name=name)
            self._say(("publisher",), message, _("Mend {file} first.", file=f"config/publishers/{name}.yml"))
        elif self.files.default_publisher and name != (self.stored.folder or self.files.default_publisher):
            message = _("This folder is not that of the publisher “{name}”.", name=name)
            folder = "collections" if name == self.files.default_publisher else f"collections/{name}"
            self._say(("publisher",), message, _("Move the file to {folder}/.", folder=folder))

    def _model(self) -> DataModel | None:
        name = self.data.get("model")
        if not isinstance(name, str):
            for key in ("title", "geometry") if self.published else ("title",):
                if self.data.get(key) is None:
                    message = _("“{key}” is missing; a layer without a model needs it.", key=key)
                    self._say((key,), message)
            return None
        if name in self.files.models:
            return self.files.models[name]
        if name in self.files.model_ids:
            remedy = _("Mend {file} first.", file=f"collections/models/{name.replace('/', '-')}.yml")
            self._say(("model",), _("The model “{name}” cannot be used.", name=name), remedy)
            return None
        known = self.files.model_ids
        there_are = _("There are: {names}.", names=", ".join(known)) if known else None
        self._say(("model",), _("There is no model “{name}”.", name=name), did_you_mean(name, known) or there_are)
        return None

    def _fields(self, fields: dict[str, FieldSource], model: DataModel | None) -> None:
        known = model.fields if model else {}
        for name, field in fields.items():
            key: KeyPath = ("fields", name)
            self._origin(key, field)
            if name in known:
                self._same_as_model(key, field, model)
            elif field.type is None or field.title is None:
                self._own_field(key, field, model)
            type_ = known[name].type if name in known else field.type
            allowed = known[name].values if name in known else None
            for at, value in [((*key, "value"), field.value), *self._targets(key, field)]:
                if value is not None:
                    self._target(at, value, type_, allowed)
            if field.format is not None and type_ not in ("date", "datetime", None):
                message = _("`format` is for dates; the field is of type {type}.", type=type_)
                self._say((*key, "format"), message)
        raw = self.data.get("fields") or {}
        for name in known:
            if known[name].required and name not in raw and self.published:
                message = _("The model {model} requires the field “{name}”.", model=self.data["model"], name=name)
                self._say(("fields",), message, _("For example: {example}", example=f"{name}: {{from: COLUMN}}"))

    def _origin(self, key: KeyPath, field: FieldSource) -> None:
        if field.source is None and field.value is None and field.computed is None:
            message = _("The field has no source.")
            self._say(key, message, _("Name the column (from: COLUMN) or a constant (value: …)."))
        if field.computed is not None and (field.source is not None or field.value is not None):
            message = _("A computed field has neither a column (from) nor a constant (value).")
            self._say(key, message, _("Name the columns in the expression."))
        if field.source is not None and field.value is not None:
            self._say(key, _("The field has both a column (from) and a constant (value)."), _("Keep one of the two."))

    def _same_as_model(self, key: KeyPath, field: FieldSource, model: DataModel | None) -> None:
        described = model.fields[str(key[-1])] if model else None
        for setting in ("type", "unit", "required"):
            own = getattr(field, setting)
            if described and own is not None and own != getattr(described, setting):
                message = _("“{setting}” comes from the model {model}.", setting=setting, model=self.data["model"])
                self._say((*key, setting), message, _("Remove it here."))
        for setting in ("iri", "links"):
            said = getattr(described, setting, None)
            if said is not None and getattr(field, setting) not in (None, said):
                message = _("“{setting}” comes from the model {model}.", setting=setting, model=self.data["model"])
                self._say((*key, setting), message, _("Remove it here."))

    def _own_field(self, key: KeyPath, field: FieldSource, model: DataModel | None) -> None:
        name = str(key[-1])
        missing = " + ".join(part for part in ("type", "title") if getattr(field, part) is None)
        remedy = _("For example: {example}", example=f"{name}: {{from: COLUMN, type: text, title: …}}")
        if model is None:
            self._say(key, _("The field needs {missing}.", missing=missing), remedy)
            return
        message = _(
            "“{name}” is not a field of {model}; a field of the layer's own needs {missing}.",
            name=name, model=self.data["model"], missing=missing,
        )  # fmt: skip
        self._say(key, message, did_you_mean(name, model.fields) or remedy)

    @staticmethod
    def _targets(key: KeyPath, field: FieldSource) -> Iterable[tuple[KeyPath, str]]:
        return [((*key, "values", source), target) for source, target in (field.values or {}).items()]

    def _target(self, key: KeyPath, value: str, type_: FieldType | None, allowed: Mapping[str, object] | None) -> None:
        if allowed is not None and value not in allowed:
            message = _("“{value}” is not among the field's values.", value=value)
            values = _("Possible here: {values}.", values=", ".join(allowed))
            self._say(key, message, did_you_mean(value, allowed) or values)
        elif type_ in _VALUES:
            try:
                _VALUES[type_].validate_python(value)
            except ValidationError:
                self._say(key, _("“{value}” does not fit the field's type, {type}.", value=value, type=type_))

    def _time(self, fields: dict[str, FieldSource], model: DataModel | None) -> None:
        raw = self.data.get("fields")
        types: dict[str, str | None] = dict.fromkeys(raw if isinstance(raw, dict) else {})
        types.update({name: field.type for name, field in fields.items()})
        types.update({name: field.type for name, field in (model.fields if model else {}).items()})
        check_time(self.data.get("time"), types, self.file)

    def _display(self, fields: dict[str, FieldSource], model: DataModel | None) -> None:
        raw = self.data.get("fields")
        types: dict[str, str | None] = dict.fromkeys(raw if isinstance(raw, dict) else {}) | _types(fields, model)
        listed = [name for name, field in model.fields.items() if field.values] if model else []
        check_display(self.file, types, listed)

    def _tiles(self, fields: dict[str, FieldSource], model: DataModel | None) -> None:
        tiles = part(Tiles, self.data.get("tiles"))
        if tiles is None:
            return
        if tiles.min_zoom > tiles.max_zoom:
            self._say(("tiles", "min_zoom"), _("The smallest zoom is above the largest."))
        types = _types(fields, model)
        for place, name in enumerate(tiles.properties or []):
            if name not in types:
                message = _("“{name}” is not a published field.", name=name)
                self._say(("tiles", "properties", place), message, did_you_mean(name, types))
            elif types[name] == "object":
                message = _("“{name}” is an object, which tiles cannot hold.", name=name)
                self._say(("tiles", "properties", place), message, _("Remove it here."))

    def _geometry(self, model: DataModel | None) -> None:
        kind = self.data.get("geometry")
        # A model of any shapes is still one of places.
        takes_any = model is not None and model.geometry == "any" and kind != NO_GEOMETRY
        if model and kind not in (None, model.geometry) and not takes_any:
            message = _(
                "The model {model} has geometries of kind {kind}.", model=self.data["model"], kind=model.geometry
            )
            self._say(("geometry",), message, _("Remove it here."))
        if (kind or (model.geometry if model else None)) == NO_GEOMETRY:
            self._nowhere()

    def _nowhere(self) -> None:
        """What means something of places only; what says where they are in the source is the source's matter."""
        publish = self.data.get("publish")
        for key, said in (
            (("tiles",), self.data.get("tiles")),
            (("publish", "crs"), publish.get("crs") if isinstance(publish, dict) else None),
        ):
            if said:
                message = _("“{key}” means nothing in a layer without geometry.", key=".".join(key))
                self._say(key, message, _("Remove it here."))

    def _identity(self) -> None:
        identity = self.data.get("identity")
        columns = identity if isinstance(identity, list) else []
        if len(columns) > 1 and "content" in columns:
            self._say(("identity",), _("“content” stands alone: it takes the place of a key."))
        if len(set(map(str, columns))) < len(columns):
            self._say(("identity",), _("A column stands twice."), _("Keep one of the two."))

    def _geometry_columns(self) -> None:
        for key, source in self._sources():
            if (source.get("x") is None) != (source.get("y") is None):
                message = _("The coordinates need both columns, x (easting) and y (northing).")
                self._say((*key, "x" if source.get("y") is None else "y"), message)
            if source.get("wkt") is not None and source.get("x") is not None:
                message = _("The geometry is either in wkt or in x and y.")
                self._say((*key, "wkt"), message, _("Keep one of the two."))

    def _sources(self) -> list[tuple[KeyPath, dict[str, object]]]:
        """The one source or the several, as they are written."""
        several = self.data.get("sources")
        parts = several if isinstance(several, list) else []
        named: list[tuple[KeyPath, object]] = [(("source",), self.data.get("source"))]
        named += [(("sources", place), part) for place, part in enumerate(parts)]
        return [(key, source) for key, source in named if isinstance(source, dict)]

    def _coordinate_systems(self) -> None:
        publish = self.data.get("publish")
        named: list[tuple[KeyPath, object]] = [((*key, "crs"), source.get("crs")) for key, source in self._sources()]
        if isinstance(publish, dict) and isinstance(publish.get("crs"), list):
            named += [(("publish", "crs", index), code) for index, code in enumerate(publish["crs"])]
        for key, code in named:
            if isinstance(code, str) and re.fullmatch(EPSG_PATTERN, code) and not known_crs(code):
                message = _("There is no coordinate reference system {code} for maps.", code=code)
                self._say(key, message, did_you_mean(code, SWEDISH_CRS))


def _types(fields: Mapping[str, FieldSource], model: DataModel | None) -> dict[str, str | None]:
    """The types of all fields; of the model's own as the model says."""
    types: dict[str, str | None] = {name: field.type for name, field in fields.items()}
    types.update({name: field.type for name, field in (model.fields if model else {}).items()})
    return types


@cache
def known_crs(code: str) -> bool:
    """Whether the EPSG register has a geographic or projected CRS of that code (`EPSG:3006`)."""
    try:
        crs = crs_from(code)
    except WrongUse:
        return False
    return crs.is_geographic or crs.is_projected
