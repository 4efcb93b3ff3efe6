"""A zip with a source inside, at any depth: of several files, `layer:` names the one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import pyarrow as pa

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import KartlagdError, Refused, WrongUse, did_you_mean
from loaders.sources import kinds
from loaders.sources.archive import Archive, Budget
from loaders.sources.file_geodatabase import CATALOGUE
from loaders.sources.scratch import scratch_folder
from loaders.sources.source import Kind, forget_geometry

#: A zip in a zip in a zip: more is no delivery.
MAX_DEPTH = 3
#: What lies beside data as often as it is data: it counts where nothing else is there.
_COMPANIONS = (".dbf", ".txt", ".xml", ".json")


@dataclass(frozen=True)
class _Candidate:
    """A source inside: its path as people would write it, and the members that belong to it by their names."""

    path: str
    archive: Archive
    members: dict[str, str]

    @property
    def main(self) -> PurePosixPath:
        return PurePosixPath(self.path)

    @property
    def kind(self) -> Kind:
        return next(kind for kind in kinds() if self.main.suffix.lower() in kind.suffixes)

    def unpack(self, folder: Path) -> Path:
        self.archive.unpack({member: folder / name for member, name in self.members.items()})
        return folder / self.main.name


class ZipSource:
    """The source inside, as if it lay beside the zip."""

    def __init__(self, path: Path, spec: SourceFile) -> None:
        """Look inside and open; raises Refused for what is damaged or means harm, WrongUse where it must be named."""
        folder, self._keeper = scratch_folder()
        budget = Budget(path.name, path.stat().st_size)
        found = _candidates(Archive(path, path.name, budget), "", folder, budget, 1)
        strong = [one for one in found if one.main.suffix.lower() not in _COMPANIONS]
        chosen, rest = _choose(path.name, strong or found, spec.layer)
        unpacked = chosen.unpack(folder / "source")
        try:
            self._source = chosen.kind.open(unpacked, spec.model_copy(update={"layer": rest}))
        except KartlagdError as error:
            raise type(error)(_inside(path, error.message), error.problems) from error
        inside = self._source.info
        table = _inside(path, inside.without_geometry) if inside.without_geometry else None
        self.info = replace(inside, files=[path], name="", without_geometry=table)

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Rows as `Source.batches` has them."""
        yield from self._source.batches(columns)

    def forget_geometry(self) -> None:
        """As the source inside does."""
        forget_geometry(self._source)


def _inside(path: Path, problem: Message) -> Message:
    return _("{file}: {problem}", file=path.name, problem=problem)


def _candidates(archive: Archive, above: str, folder: Path, budget: Budget, depth: int) -> list[_Candidate]:
    """The sources in an archive and in those inside it; `above` is where people find it, ending in a slash."""
    databases = {str(PurePosixPath(name).parent) for name in archive.names if name.lower().endswith(CATALOGUE)}
    found = [_geodatabase(archive, database, above or f"{budget.name}/") for database in sorted(databases)]
    suffixes = {suffix for kind in kinds() if not kind.folders for suffix in kind.suffixes}
    for number, name in enumerate(archive.names):
        path = PurePosixPath(name)
        if str(path.parent) in databases:
            continue
        if path.suffix.lower() == ".zip":
            if depth == MAX_DEPTH:
                raise Refused(
                    _(
                        "{file} holds archives inside archives, more than {limit} deep. Pack the layer once.",
                        file=budget.name,
                        limit=MAX_DEPTH,
                    )
                )
            inner = folder / f"{number}.zip"
            archive.unpack({name: inner})
            shown = f"{above}{name}"
            found += _candidates(Archive(inner, shown, budget), f"{shown}/", folder / str(number), budget, depth + 1)
        elif path.suffix.lower() in suffixes:
            found.append(_Candidate(f"{above}{name}", archive, _belonging(archive, path)))
    return found


def _geodatabase(archive: Archive, folder: str, above: str) -> _Candidate:
    """A geodatabase in a folder of the archive; one that lies there without a folder is called after the archive."""
    named = PurePosixPath(above.rstrip("/")).stem if folder == "." else folder
    path = named if named.lower().endswith(".gdb") else f"{named}.gdb"
    inside = [name for name in archive.names if str(PurePosixPath(name).parent) == folder]
    name = PurePosixPath(path).name
    return _Candidate(path, archive, {member: f"{name}/{PurePosixPath(member).name}" for member in inside})


def _belonging(archive: Archive, main: PurePosixPath) -> dict[str, str]:
    """The file and those beside it that have its name, all written alike: capitals differ between programs."""
    stem = str(main.with_suffix("")).lower()
    found = {str(main): main.name}
    for name in archive.names:
        path = PurePosixPath(name)
        same = str(path.with_suffix("")).lower() == stem
        if same and name not in found and path.suffix.lower() != main.suffix.lower():
            found[name] = f"{main.stem}{path.suffix.lower()}"
    return found


def _choose(file: str, found: list[_Candidate], wanted: str | None) -> tuple[_Candidate, str | None]:
    """The source that is meant, and what is left of `wanted`: the layer inside it.

    `wanted` is a file's path, name or stem, with the layer behind a slash; where there is one file, a layer alone.
    """
    if not found:
        known = ", ".join(suffix for kind in kinds() for suffix in kind.suffixes)
        raise WrongUse(_("{file} holds no layer: none of its files is one of {known}.", file=file, known=known))
    if wanted is not None:
        for part, rest in _splits(wanted):
            for names in (
                [one.path for one in found],
                [one.main.name for one in found],
                [one.main.stem for one in found],
            ):
                if names.count(part) == 1:
                    return found[names.index(part)], rest
    if len(found) == 1 and (wanted is None or found[0].kind.layers):
        return found[0], wanted
    names = sorted(one.path for one in found)
    problem = _("{file} holds several files: {names}. Write source: layer: with one of them.",
                file=file, names=", ".join(names))  # fmt: skip
    suggestion = did_you_mean(wanted, names) if wanted else None
    raise WrongUse(_("{problem} {suggestion}", problem=problem, suggestion=suggestion) if suggestion else problem)


def _splits(wanted: str) -> Iterator[tuple[str, str | None]]:
    """The whole, then every cut at a slash, the longest file first."""
    yield wanted, None
    parts = wanted.split("/")
    for place in range(len(parts) - 1, 0, -1):
        yield "/".join(parts[:place]), "/".join(parts[place:])


KIND = Kind("Zip", ZipSource, (".zip",))
