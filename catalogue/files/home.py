"""Everything that a deployment's files say: `collections/` and `config/` of one project folder, read and checked.

collections/<layer>.yml               a layer of the default publisher
collections/<publisher>/<layer>.yml   a layer of another publisher, as <publisher>.<layer>
collections/models/<name>-<n>.yml     the shared data model <name>/<n>
config/publishers/<publisher>.yml
config/server.yml                     optional
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from catalogue.files.known import CheckedLayer, Known
from catalogue.files.layer_checks import check_layer
from catalogue.files.link_checks import read_besides
from catalogue.files.logo import Logo
from catalogue.files.reading import Files, StoredLayer
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.layer_file import AnyLayerFile, LayerFile
from catalogue.model import DataModel
from catalogue.problems import Problem, WrongUse, did_you_mean
from catalogue.publisher import Publisher
from catalogue.settings import Settings
from catalogue.unpublished import Unpublished


@dataclass(frozen=True)
class Home:
    """A project folder, read.

    `layers`, `unpublished` and `layer_files` go by the collection's id and hold what is without errors only: `layers`
    those with data, `unpublished` the planned and the withheld ones. `broken` holds the ids of layers whose file is
    there but cannot be used: their last release stays up, unless they are `closed` too: those whose file says that
    nothing of them may be read. `problems` say what is wrong. `default_publisher`: whose layers have bare ids; None
    where nobody says it. `paths`: the file of each layer, from the project folder. `logos`: by their publisher.
    """

    path: Path
    layers: dict[str, Layer] = field(default_factory=dict)
    layer_files: dict[str, AnyLayerFile] = field(default_factory=dict)
    models: dict[str, DataModel] = field(default_factory=dict)
    publishers: dict[str, Publisher] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    unpublished: dict[str, Unpublished] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    default_publisher: str | None = None
    paths: dict[str, Path] = field(default_factory=dict)
    logos: dict[str, Logo] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Path, known: Known | None = None) -> Home:
        """Read `home`; a mistake in a file stops what depends on that file alone and is among the `problems`.

        `known` is what was read before: only what has changed since is read again.
        """
        files = Files.read(home, known)
        shared = files.known.shared({home / stored.file.path for stored in files.layers})
        found: dict[str, tuple[AnyLayerFile, Layer | Unpublished]] = {}
        broken: set[str] = set()
        closed: set[str] = set()
        for stored in files.layers:
            checked = _checked(stored, files, shared)
            files.problems.extend(checked.problems)
            if stored.closed:
                closed |= stored.possible_ids
            if checked.layer_file is None or checked.layer is None:
                broken |= stored.possible_ids
            else:
                found[stored.id] = (checked.layer_file, checked.layer)
        usable = {id_: both for id_, both in found.items() if id_ not in broken}
        return cls(
            home,
            {id_: layer for id_, (_file, layer) in usable.items() if isinstance(layer, Layer)},
            {id_: file for id_, (file, _layer) in usable.items()},
            files.models,
            files.publishers,
            files.settings,
            files.problems,
            broken,
            {id_: layer for id_, (_file, layer) in usable.items() if isinstance(layer, Unpublished)},
            closed,
            files.default_publisher,
            {stored.id: stored.file.path for stored in files.layers},
            files.logos,
        )

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop something."""
        return [problem for problem in self.problems if problem.level == "error"]

    def layer(self, id: str) -> Layer:
        """The layer of that id.

        Raises `WrongUse` where there is none (with the nearest id), where its file is broken (with its problems), and
        where it is planned or withheld.
        """
        if id in self.layers:
            return self.layers[id]
        if id in self.unpublished:
            status = self.unpublished[id].status
            message = _(
                "The layer “{id}” is not published: its file says `status: {status}`. Remove that line to publish it.",
                id=id, status=status,
            )  # fmt: skip
            raise WrongUse(message)
        if id in self.broken:
            message = _("The layer “{id}” cannot be used before its files are mended:", id=id)
            # The path says which file it is: the id inside may be what is wrong.
            own = [found for found in self.errors if found.file and found.file.stem == id.rpartition(".")[2]]
            raise WrongUse(message, own or self.errors)
        known = sorted(self.layers.keys() | self.unpublished.keys() | self.broken)
        suggestion = did_you_mean(id, known) or (
            _("There are: {layers}.", layers=", ".join(known)) if known else _("There is no layer yet.")
        )
        raise WrongUse(_("There is no layer “{id}”. {suggestion}", id=id, suggestion=suggestion))


def _checked(stored: StoredLayer, files: Files, shared: Hashable) -> CheckedLayer:
    """The layer of a file, checked; as it was found before where nothing that the check reads has changed."""
    path = files.home / stored.file.path
    # What is wrong depends on the day too: assessments end.
    own = (files.known.stamp(path), stored.id, len(stored.file.problems), date.today())
    read = (shared, own, read_besides(stored, files))
    if known := files.known.layer(path, read):
        return known
    layer_file = check_layer(stored, files)
    problems = tuple(stored.file.problems)
    errors = any(problem.level == "error" for problem in problems)
    if errors or layer_file is None or files.default_publisher is None:
        return files.known.keep(path, read, CheckedLayer(None, None, problems))
    publisher = files.publishers[layer_file.publisher]
    model = files.models[layer_file.model] if layer_file.model else None
    is_default = publisher.id == files.default_publisher
    layer: Layer | Unpublished
    if isinstance(layer_file, LayerFile):
        layer = Layer.resolve(layer_file, model, publisher, is_default=is_default)
    else:
        layer = Unpublished.resolve(layer_file, model, publisher, is_default=is_default)
    return files.known.keep(path, read, CheckedLayer(layer_file, layer, problems))


def find_home(start: Path, environ: Mapping[str, str]) -> Path:
    """The project folder: `KARTLAGD_HOME`, else the nearest folder from `start` upward that has `collections/`.

    Raises `WrongUse` where there is none.
    """
    if named := environ.get("KARTLAGD_HOME"):
        home = Path(named).expanduser()
        if not (home / "collections").is_dir():
            raise WrongUse(_("KARTLAGD_HOME is {folder}, but no folder “collections” is there.", folder=home))
        return home.resolve()
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "collections").is_dir():
            return folder
    message = _(
        "No folder “collections” is in {folder} or above it. Go to the project's folder, or set KARTLAGD_HOME to it.",
        folder=start,
    )
    raise WrongUse(message)
