"""The files of a project folder: which there are, what they are called, and what those say that stand alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from catalogue.files.known import Known
from catalogue.files.logo import Logo, read_logo
from catalogue.files.mistakes import validate
from catalogue.files.model_checks import check_model
from catalogue.files.status import is_closed
from catalogue.files.yaml_file import YamlFile
from catalogue.language import _
from catalogue.model import DataModel
from catalogue.problems import Mistake, Problem, did_you_mean
from catalogue.publisher import Publisher
from catalogue.settings import SETTINGS_FILE, Settings

MODELS_FOLDER = "models"
#: From the project folder.
PUBLISHERS_FOLDER = Path("config/publishers")


@dataclass(frozen=True)
class StoredLayer:
    """A layer file where it lies: `folder` is the publisher's folder, None directly in `collections/`.

    `closed`: it says that nothing of the layer may be read, be it broken otherwise.
    """

    file: YamlFile
    folder: str | None
    name: str
    id: str
    possible_ids: frozenset[str]
    closed: bool


@dataclass
class Files:
    """What the files of a home say, apart from the layers, which refer to all the others.

    `publisher_names` and `model_ids` come from file names, so that they hold the broken ones too.
    """

    home: Path
    settings: Settings = field(default_factory=Settings)
    publishers: dict[str, Publisher] = field(default_factory=dict)
    publisher_names: list[str] = field(default_factory=list)
    default_publisher: str | None = None
    logos: dict[str, Logo] = field(default_factory=dict)
    models: dict[str, DataModel] = field(default_factory=dict)
    model_ids: list[str] = field(default_factory=list)
    layers: list[StoredLayer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    known: Known = field(default_factory=Known)

    @cached_property
    def by_id(self) -> dict[str, StoredLayer]:
        """The layers by the collection's id."""
        return {stored.id: stored for stored in self.layers}

    @classmethod
    def read(cls, home: Path, known: Known | None = None) -> Files:
        """Read every file of `home` that is not `known` as it is; only the layers remain to be checked."""
        files = cls(home, known=known or Known())
        files._read_publishers()
        files._read_settings()
        files._read_models()
        files._find_layers()
        return files

    def _in(self, folder: str) -> Iterator[YamlFile]:
        """The YAML files of a folder, by name; one whose name does not end in `.yml` has a problem."""
        for path in sorted((self.home / folder).glob("*")):
            if not path.is_dir() and path.suffix.lower() in (".yml", ".yaml"):
                file = self.known.read(path, path.relative_to(self.home))
                if path.suffix != ".yml":
                    remedy = _("Call it {name}.", name=f"{path.stem}.yml")
                    file.problems.append(file.problem((), _("The file's name must end in “.yml”."), remedy))
                yield file

    def _read_publishers(self) -> None:
        read = {file.path.stem: file for file in self._in(str(PUBLISHERS_FOLDER))}
        for file in read.values():
            name = file.path.stem
            publisher = validate(Publisher, file)
            if publisher and publisher.id != name:
                message = _("The id is “{id}”, but the file is called {file}.", id=publisher.id, file=file.path.name)
                file.problems.append(file.problem(("id",), message, _("Call the file {id}.yml.", id=publisher.id)))
            if name == MODELS_FOLDER:
                message = _(
                    "A publisher cannot be called “{name}”: its folder is that of the shared models.", name=name
                )
                file.problems.append(file.problem(("id",), message))
            _check_region(file, read)
            self.publisher_names.append(name)
            if publisher and not file.problems:
                self.publishers[name] = publisher
                self._read_look(publisher, file)
            self.problems.extend(file.problems)
        if not self.publisher_names:
            message = _("There is no publisher: config/publishers/ holds no file.")
            self.problems.append(Problem(message, PUBLISHERS_FOLDER))

    def _read_look(self, publisher: Publisher, file: YamlFile) -> None:
        """A look that cannot be shown is a mistake, but pages do without it: the publisher can be used."""
        look, wrong = publisher.look, dict(publisher.look.mistakes())
        try:
            if look.logo:
                self.logos[publisher.id] = read_logo(self.home / PUBLISHERS_FOLDER / look.logo)
        except Mistake as mistake:
            wrong["logo"] = mistake
        for key, each in wrong.items():
            file.problems.append(file.problem(("look", key), each.message, each.suggestion))

    def _read_settings(self) -> None:
        path = self.home / SETTINGS_FILE
        file = self.known.read(path, SETTINGS_FILE) if path.exists() else YamlFile(SETTINGS_FILE)
        settings = validate(Settings, file) if not file.problems else None
        named = file.data.get("default_publisher")
        names = self.publisher_names
        if named is not None and named not in names:
            message = _("There is no publisher “{name}”.", name=named)
            file.problems.append(file.problem(("default_publisher",), message, did_you_mean(str(named), names)))
        elif named is not None:
            self.default_publisher = str(named)
        elif len(names) == 1:
            self.default_publisher = names[0]
        elif names:
            message = _("There are several publishers: say whose layers keep bare ids.")
            remedy = _("For example: {example}", example=f"default_publisher: {names[0]}")
            file.problems.append(file.problem(("default_publisher",), message, remedy))
        self.settings = settings or Settings()
        self.problems.extend(file.problems)

    def _read_models(self) -> None:
        for file in self._in(f"collections/{MODELS_FOLDER}"):
            name, _dash, version = file.path.stem.rpartition("-")
            self.model_ids.append(f"{name}/{version}")
            model = check_model(file)
            if model and not file.problems:
                self.models[model.id] = model
            self.problems.extend(file.problems)

    def _find_layers(self) -> None:
        root = self.home / "collections"
        folders = sorted(path.name for path in root.glob("*") if path.is_dir() and path.name != MODELS_FOLDER)
        files: dict[str, YamlFile] = {}
        uuids: dict[str, YamlFile] = {}
        for folder in (None, *folders):
            for file in self._in(f"collections/{folder}" if folder else "collections"):
                stored = self._stored(file, folder)
                if first := files.get(stored.id):
                    message = _("The layer “{id}” is also in {file}.", id=stored.id, file=first.path)
                    file.problems.append(file.problem((), message, _("Keep one of the two.")))
                files.setdefault(stored.id, file)
                uuid = str(file.data.get("uuid", "")).lower()
                if uuid and (other := uuids.setdefault(uuid, file)) is not file:
                    message = _("The UUID is also that of {file}: portals would show one of the two.", file=other.path)
                    file.problems.append(file.problem(("uuid",), message, _("Give the newer one its own: uuidgen.")))
                self.layers.append(stored)

    def _stored(self, file: YamlFile, folder: str | None) -> StoredLayer:
        name, closed = file.path.stem, is_closed(file, self.home / file.path)
        if folder is None:
            possible = {name} if self.default_publisher else {name, *(f"{p}.{name}" for p in self.publisher_names)}
            return StoredLayer(file, None, name, name, frozenset(possible), closed)
        id_ = name if folder == self.default_publisher else f"{folder}.{name}"
        possible = {id_} if self.default_publisher else {name, f"{folder}.{name}"}
        return StoredLayer(file, folder, name, id_, frozenset(possible), closed)


def _check_region(file: YamlFile, read: Mapping[str, YamlFile]) -> None:
    """The regional catalogue exists, and is no part of another: portals read one level of parts."""
    name = file.data.get("region")
    if name is None:
        return
    region = read.get(str(name))
    if region is None:
        message = _("There is no publisher “{name}”.", name=name)
        file.problems.append(file.problem(("region",), message, did_you_mean(str(name), read)))
        return
    catalogue = region.data.get("catalogue")
    inside = region.data.get("region") or (isinstance(catalogue, dict) and catalogue.get("main"))
    if region is file or inside:
        message = _("The catalogue of “{name}” cannot have parts: it is one itself, and portals read one level.",
                    name=name)  # fmt: skip
        file.problems.append(file.problem(("region",), message, _("Name the catalogue at the top.")))
