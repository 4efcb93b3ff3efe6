"""From a file on a share to a layer file that loads as it is."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError
from pyproj import CRS

from catalogue.crs import crs_from
from catalogue.field import NO_GEOMETRY, proposed_name
from catalogue.files.mistakes import validate
from catalogue.files.reading import Files
from catalogue.files.yaml_file import read_yaml
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.layer_file import LayerFile, SourceFile
from catalogue.model import DataModel
from catalogue.problems import Refused, WrongUse, did_you_mean
from catalogue.publisher import Publisher
from loaders.inspect import Inspection, look_through
from loaders.proposal.crs import CrsGuess, guess_crs
from loaders.proposal.propose import Proposal
from loaders.proposal.rehearsal import Rehearsal, loosened, rehearse
from loaders.sources import Source, open_source, source_path

#: A loosened gate can show another reason to loosen it: area, time, share of rejected rows.
_TRIES = 4
_ID_LENGTH = 30


@dataclass(frozen=True)
class Request:
    """What a person asks for; None means that it is guessed. `source` are keys of `source:` in the layer file."""

    file: Path
    model: str | None = None
    publisher: str | None = None
    id: str | None = None
    into: Path | None = None
    crs: str | None = None
    layer: str | None = None
    source: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """The layer file that was written, and how its source would fare."""

    path: Path
    layer: Layer
    rehearsal: Rehearsal
    waiting: int


def new_layer(home: Path, request: Request) -> Written:
    """Inspect the source, write the layer file, and make sure that it can be loaded as it is.

    Raises WrongUse where a choice is a person's (which layer, which CRS), Refused for a file that is damaged,
    is empty or has no row that can be published.
    """
    files = Files.read(home)
    publisher = _publisher(files, request.publisher)
    model = _model(files, request.model)
    path = source_path(SourceFile(path=str(request.file)), home, request.file.absolute())
    id_ = request.id or _id(path)
    target = (request.into or _folder(home, files, publisher)) / f"{id_}.yml"
    if target.exists():
        raise WrongUse(_("{file} exists already. Choose another id: --id NAME", file=target))
    said = dict(request.source) | ({"layer": request.layer} if request.layer else {})
    # Without a model, a source that is plainly a table is proposed as one.
    wanted = model.geometry != NO_GEOMETRY if model else None
    source = open_source(_spec(path, said), home, override=path, geometry=wanted)
    inspection = look_through(source)
    if not inspection.rows:
        raise Refused(_("{file} has no rows.", file=path.name))
    _refuse_other_geometry(model, inspection)
    a_table = wanted is False or source.info.without_geometry is not None
    crs = CrsGuess(None) if a_table else guess_crs(inspection, publisher, request.crs)
    where = path.resolve()
    shown = where.relative_to(home.resolve()) if where.is_relative_to(home.resolve()) else where
    proposal = Proposal(id_, shown.as_posix(), said, publisher, model, inspection, crs)
    is_default = publisher.id == files.default_publisher
    for _try in range(_TRIES):
        layer = _resolved(proposal, is_default)
        rows = open_source(layer.source, home, geometry=layer.has_geometry)
        tried = rehearse(layer, rows, _crs(layer, rows))
        better = loosened(proposal, layer, tried)
        if better == proposal:
            break
        proposal = better
    if tried.rejected == tried.rows:
        raise Refused(_("{file}: none of its rows can be published. {reason}", file=path.name, reason=tried.reason))
    target.parent.mkdir(parents=True, exist_ok=True)
    text = proposal.text()
    target.write_text(text, "utf-8")
    return Written(target, layer, tried, text.count(f"# {_('DECIDE')}:"))


def _spec(path: Path, said: Mapping[str, str]) -> SourceFile:
    """The keys as a layer file has them; raises WrongUse for one that does not exist or has no such value."""
    known = [name for name in SourceFile.model_fields if name not in ("path", "crs")]
    for key in said:
        if key not in known:
            message = _("There is no key “{key}” under source:.", key=key)
            hint = did_you_mean(key, known) or _("There are: {names}.", names=", ".join(known))
            raise WrongUse(_("{problem} {suggestion}", problem=message, suggestion=hint))
    try:
        return SourceFile.model_validate({"path": str(path), **said})
    except ValidationError as error:
        keys = ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])
        raise WrongUse(_("--source: the value of {keys} is not right.", keys=keys)) from error


def _resolved(proposal: Proposal, is_default: bool) -> Layer:
    """The layer as the catalogue reads the proposed text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{proposal.id}.yml"
        path.write_text(proposal.text(), "utf-8")
        file = read_yaml(path, Path(path.name))
        layer_file = validate(LayerFile, file)
    if layer_file is None:
        raise WrongUse(_("No layer file can be proposed for {file}:", file=proposal.path), file.problems)
    return Layer.resolve(layer_file, proposal.model, proposal.publisher, is_default=is_default)


def _crs(layer: Layer, source: Source) -> CRS:
    if layer.source.crs is not None:
        return crs_from(layer.source.crs)
    if not layer.has_geometry:
        return crs_from("EPSG:4326")
    assert source.info.crs is not None  # guess_crs writes one where the source says none
    return source.info.crs


def _id(path: Path) -> str:
    name = proposed_name(path.name.split(".")[0]) or "layer"
    name = re.sub(r"_value$", "", name)
    return name if len(name) <= _ID_LENGTH else name[: _ID_LENGTH + 1].rpartition("_")[0] or name[:_ID_LENGTH]


def _folder(home: Path, files: Files, publisher: Publisher) -> Path:
    folder = home / "collections"
    return folder if publisher.id == files.default_publisher else folder / publisher.id


def _publisher(files: Files, wanted: str | None) -> Publisher:
    name = wanted or files.default_publisher
    if name is not None and name in files.publishers:
        return files.publishers[name]
    known = ", ".join(sorted(files.publishers)) or str(_("none"))
    if name is None:
        raise WrongUse(_("Which publisher? --publisher NAME; there are: {names}.", names=known))
    suggestion = did_you_mean(name, files.publishers) or _("There are: {names}.", names=known)
    raise WrongUse(_("There is no publisher “{name}”. {suggestion}", name=name, suggestion=suggestion))


def _model(files: Files, wanted: str | None) -> DataModel | None:
    if wanted is None or wanted in files.models:
        return files.models[wanted] if wanted else None
    known = ", ".join(sorted(files.models)) or str(_("none"))
    suggestion = did_you_mean(wanted, files.models) or _("There are: {names}.", names=known)
    raise WrongUse(_("There is no model “{name}”. {suggestion}", name=wanted, suggestion=suggestion))


def _refuse_other_geometry(model: DataModel | None, inspection: Inspection) -> None:
    if model is None or model.geometry in ("any", NO_GEOMETRY) or model.geometry in inspection.kinds:
        return
    raise WrongUse(
        _(
            "The model {model} has geometries of kind {kind}, the file has: {found}.",
            model=model.id,
            kind=model.geometry,
            found=", ".join(sorted(inspection.kinds)) or _("none"),
        )
    )
