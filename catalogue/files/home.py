"""Everything that a deployment's files say: `collections/` and `config/` of one project folder, read and checked.

collections/<layer>.yml               a layer of the default publisher
collections/<publisher>/<layer>.yml   a layer of another publisher, as <publisher>.<layer>
collections/models/<name>-<n>.yml     the shared data model <name>/<n>
config/publishers/<publisher>.yml
config/server.yml                     optional
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalogue.files.layer_checks import check_layer
from catalogue.files.reading import Files
from catalogue.language import _
from catalogue.layer import Layer
from catalogue.layer_file import LayerFile
from catalogue.model import DataModel
from catalogue.problems import Problem, WrongUse, did_you_mean
from catalogue.publisher import Publisher
from catalogue.settings import Settings


@dataclass(frozen=True)
class Home:
    """A project folder, read.

    `layers` and `layer_files` go by the collection's id and hold the layers without errors only. `broken` holds the
    ids of layers whose file is there but cannot be used: their last release stays up. `problems` say what is wrong.
    """

    path: Path
    layers: dict[str, Layer] = field(default_factory=dict)
    layer_files: dict[str, LayerFile] = field(default_factory=dict)
    models: dict[str, DataModel] = field(default_factory=dict)
    publishers: dict[str, Publisher] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, home: Path) -> Home:
        """Read `home`; a mistake in a file stops what depends on that file alone and is among the `problems`."""
        files = Files.read(home)
        layers: dict[str, Layer] = {}
        layer_files: dict[str, LayerFile] = {}
        broken: set[str] = set()
        for stored in files.layers:
            layer_file = check_layer(stored, files)
            files.problems.extend(stored.file.problems)
            errors = any(problem.level == "error" for problem in stored.file.problems)
            if errors or layer_file is None or files.default_publisher is None:
                broken |= stored.possible_ids
                continue
            publisher = files.publishers[layer_file.publisher]
            model = files.models[layer_file.model] if layer_file.model else None
            is_default = publisher.id == files.default_publisher
            layer_files[stored.id] = layer_file
            layers[stored.id] = Layer.resolve(layer_file, model, publisher, is_default=is_default)
        for id_ in broken & layers.keys():
            del layers[id_], layer_files[id_]
        return cls(home, layers, layer_files, files.models, files.publishers, files.settings, files.problems, broken)

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop something."""
        return [problem for problem in self.problems if problem.level == "error"]

    def layer(self, id: str) -> Layer:
        """The layer of that id.

        Raises `WrongUse` where there is none (with the nearest id), or where its file is broken (with its problems).
        """
        if id in self.layers:
            return self.layers[id]
        if id in self.broken:
            message = _("The layer “{id}” cannot be used before its files are mended:", id=id)
            # The path says which file it is: the id inside may be what is wrong.
            own = [found for found in self.errors if found.file and found.file.stem == id.rpartition(".")[2]]
            raise WrongUse(message, own or self.errors)
        known = sorted(self.layers.keys() | self.broken)
        suggestion = did_you_mean(id, known) or (
            _("There are: {layers}.", layers=", ".join(known)) if known else _("There is no layer yet.")
        )
        raise WrongUse(_("There is no layer “{id}”. {suggestion}", id=id, suggestion=suggestion))


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
