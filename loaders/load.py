"""A load: source -> conform -> staging -> gate -> release. Whatever goes wrong on the way, nothing has changed."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from catalogue.crs import srid
from catalogue.database.migrate import require_current
from catalogue.database.schemas import FEATURES, HELD
from catalogue.generation import Generation, fields_of, history_statements, new_generation
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.problems import Problem, Refused
from catalogue.release import Release, find_release
from loaders import held, publish, rejected, removals, retention
from loaders.age import note_age, source_time
from loaders.assessed import assessment_warnings, require_assessment
from loaders.changes import Changes, compare, identify_by_content, means_the_same
from loaders.conform import CONFORM_VERSION, Conform
from loaders.convert import Conversion, build_generation, prepare_changes
from loaders.gate import Accepted, Report, check_loss, check_rows, check_schema, count_rejected, reject_rows
from loaders.geometry import REPAIRED, GeometryCheck
from loaders.held import reasons_to_wait
from loaders.lock import only_load
from loaders.opening import changed_while_read, open_layer, source_crs
from loaders.pace import Pace
from loaders.personal.protection import Protection
from loaders.personal.verdict import check_personal
from loaders.redaction import Redaction, redact
from loaders.report.facts import Told
from loaders.report.measure import came_in, compared, first_rows
from loaders.rules.gate import Tested, apply_rules, check_patterns, refuse
from loaders.sources import Source, checksum, fingerprint
from loaders.staging import Staging, ahead, drop_orphans
from loaders.thinning import measure

#: A release that touches more than this share of the features gets a table of its own (see docs/decisions).
SMALL_CHANGE = 0.1

Progress = Callable[[Message, float | None], None]


@dataclass(frozen=True)
class Options:
    """How one load is done. `data` is the private data folder; `source` stands in for the layer file's path."""

    data: Path
    source: Path | None = None
    dry_run: bool = False
    accepted: Accepted = Accepted()
    pace: Pace = Pace()
    again: bool = False
    wait_seconds: float = 600


@dataclass(frozen=True)
class Result:
    """What a load did. `release` is the current release's number, None where there is none."""

    layer: str
    outcome: Literal["published", "held", "rejected", "unchanged", "rolled back", "dry run"]
    release: int | None
    changes: Changes | None = None
    report: Report | None = None
    rejected_file: Path | None = None
    seconds: float = 0.0
    warnings: tuple[Message, ...] = ()
    #: What a report tells of it.
    told: Told | None = None


def load(engine: Engine, home: Path, layer: Layer, options: Options, progress: Progress) -> Result:
    """Load one layer. Raises Refused when the gate says no, WrongUse when the layer file and its source do not fit."""
    started = time.monotonic()
    with engine.connect() as connection:
        require_current(connection)
    told = Told.of(layer)
    with told.to_refusals(), only_load(engine, layer.id, options.wait_seconds):
        if layer.source.path is None and options.source is None:
            progress(_("fetching"), None)
        source, before = open_layer(home, layer, options.data, options.source)
        as_of = source_time(source.info.files, own=layer.source.path is not None or options.source is not None)
        result = _Load(engine, home, layer, source, before, options, progress, told).run()
    if result.outcome in ("published", "unchanged") and not options.dry_run:
        note_age(engine, layer, as_of)
    return replace(result, warnings=tuple(assessment_warnings(layer)), seconds=time.monotonic() - started, told=told)


class _Load:
    """One load in its steps, under the layer's lock."""

    def __init__(
        self,
        engine: Engine,
        home: Path,
        layer: Layer,
        source: Source,
        before: object,
        options: Options,
        progress: Progress,
        told: Told,
    ) -> None:
        self.engine = engine
        self.layer = layer
        self.source = source
        self.before = before
        self.options = options
        self.progress = progress
        self.told = told
        self.prefix = hashlib.sha256(layer.id.encode()).hexdigest()[:10]
        self.staging = Staging(f"{self.prefix}_{secrets.token_hex(6)}", fields_of(layer))
        self.crs = source_crs(layer, source)
        self.geometry = GeometryCheck(layer, self.crs)
        self.protection = Protection(layer, self.crs, home)

    def run(self) -> Result:
        """All the steps; staging is gone at the end, however it ends."""
        digest = checksum(self._files)
        came_in(self.told, self.source, digest, self.crs)
        key = publish.release_key(digest, self.layer, CONFORM_VERSION)
        with self.engine.begin() as connection:
            check_patterns(connection, self.layer)
            current = find_release(connection, self.layer.id, recipe=True)
            drop_orphans(connection, self.prefix)
            connection.execute(
                text("INSERT INTO kartlagd.layer (id) VALUES (:id) ON CONFLICT DO NOTHING"), {"id": self.layer.id}
            )
        retention.clean_up(self.engine, self.layer.id)
        held.clean_up(self.engine, self.layer.id)
        if current and not self.options.again and (done := self._already(current, key)):
            if not self.options.dry_run:
                held.drop(self.engine, self.layer.id)
                redact(self.engine, self.layer)
            return done
        anew = self.options.again or self.options.dry_run
        if not anew and (outcome := held.decided(self.engine, self.layer.id, key)):
            return Result(self.layer.id, outcome, current.number if current else None)
        if not self.options.dry_run:
            require_assessment(self.layer)
        check_schema(self.layer, current, self.options.accepted)
        with self.engine.begin() as connection:
            self.staging.create(connection)
        try:
            self.told.gate = report = self._stage()
            with ThreadPoolExecutor(1) as pool:
                # The source is read once more while the database is at work.
                unchanged = pool.submit(self._unchanged, digest)
                self._gate(report, current)
            if not unchanged.result():
                raise changed_while_read(self.layer, self.source.info.files[0])
            return self._release(current, digest, key, report)
        finally:
            self._drop_staging()

    @property
    def _files(self) -> list[Path]:
        """All that the release is a function of, besides the layer file."""
        return [*self.source.info.files, *self.protection.files]

    def _already(self, current: Release, key: str) -> Result | None:
        if current.key == key:
            return Result(self.layer.id, "unchanged", current.number)
        if current.rolled_back_to is not None:
            with self.engine.connect() as connection:
                undone = find_release(connection, self.layer.id, current.number - 1)
            if undone and undone.key == key:
                return Result(self.layer.id, "rolled back", current.number)
        return None

    def _stage(self) -> Report:
        expected = self.source.info.feature_count
        if expected == 0:
            # Before the columns are looked for: a GeoJSON without features has none.
            check_rows(self.layer, Report(), self.geometry)
        conform = Conform(self.layer, self.source.info)
        reading = _("reading")

        pace = self.options.pace

        def checked() -> Generator[pa.RecordBatch]:
            conformed = self.protection.batches(map(conform.conform, self.source.batches(conform.columns)))
            with closing(ahead(pace.rested(conformed))) as batches:
                for batch in batches:
                    started = time.monotonic()
                    found = self.geometry.check(batch)
                    pace.pause(started)
                    yield found

        def counted(rows: int) -> None:
            self.progress(reading, rows / expected if expected else None)

        schema = conform.schema.append(REPAIRED)
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        rows = self.staging.fill(url, schema, checked(), counted)
        notes = [*self.source.info.notes, *conform.notes]
        if self.geometry.with_height:
            notes.append(
                _("{number} features have heights, which are not published.", number=self.geometry.with_height)
            )
        if self.geometry.repaired:
            notes.append(_("{number} invalid geometries were repaired.", number=self.geometry.repaired))
        notes += self.protection.notes()
        personal = [found.to_json() for found in self.protection.tally.all]
        return Report(
            rows=rows, repaired=self.geometry.repaired, notes=notes, personal=personal,
            searched=self.protection.extent(), warnings=assessment_warnings(self.layer),
        )  # fmt: skip

    def _unchanged(self, digest: str) -> bool:
        return fingerprint(self.source.info.files) == self.before and checksum(self._files) == digest

    def _gate(self, report: Report, current: Release | None) -> None:
        self.progress(_("checking"), None)
        with self.engine.begin() as connection:
            self.options.pace.limit(connection)
            reject_rows(connection, self.layer, self.staging)
            report.add_rules(apply_rules(connection, self._tested(report, current)))
            report.reasons = count_rejected(connection, self.staging)
            report.rejected = sum(count for _reason, count in report.reasons)
            self.told.first_rows = first_rows(connection, self.staging)
            if not self.options.dry_run:
                rejected.keep_rejected(connection, self.layer, self.staging)
                rejected.purge(connection, rejected.reports_folder(self.options.data))
        # First: what is wrong with rows is told with their identities, and those can be somebody's numbers.
        check_personal(self.layer, self.protection)
        try:
            check_rows(self.layer, report, self.geometry)
            refuse(self.layer, report.rules)
        except Refused as refused:
            if file := self._rejected_file(report):
                raise Refused(refused.message, [*refused.problems, _rejected_problem(file)]) from refused
            raise

    def _tested(self, report: Report, current: Release | None) -> Tested:
        return Tested(
            self.layer, self.staging, self.crs, report.rows, current, self.protection.unspoken,
            self.options.accepted.shrink,
        )  # fmt: skip

    def _release(self, current: Release | None, digest: str, key: str, report: Report) -> Result:
        old = current.reads if current else None
        redaction = Redaction(self.engine, self.layer)
        shape = Generation(0, "", srid(self.crs), self._geometry_type(old), fields_of(self.layer))
        same = old is not None and current is not None and old.same_shape(shape) and means_the_same(self.layer, current)
        with self.engine.begin() as connection:
            self.options.pace.limit(connection)
            identify_by_content(connection, self.layer, self.staging)
            changes = compare(connection, self.layer, self.staging, report.accepted, old, same=same)
            compared(connection, self.told, self.staging, srid(self.crs), current, changes)
        check_loss(self.layer, changes.removed, current, self.options.accepted)
        if self.options.dry_run:
            return Result(self.layer.id, "dry run", current.number if current else None, changes, report)
        alike = current is not None and current.definition.checksum() == self.layer.checksum()
        if current and same and alike and not changes.touched and not self.options.again:
            # Another order of rows, a column that is not published: nothing that a reader could notice.
            redact(self.engine, self.layer)
            return Result(self.layer.id, "unchanged", current.number, changes, report, self._rejected_file(report))
        number = (current.number if current else 0) + 1
        reasons = reasons_to_wait(self.layer, report)
        if old and changes.removed and not reasons:
            with self.engine.begin() as connection:
                removals.record_gone(connection, self.layer.id, number, old, self.staging.gone)
        # A table that loses values is made anew anyway: the release goes into one of its own.
        few = not reasons and changes.touched <= SMALL_CHANGE * changes.features
        small = old is not None and same and few and self._thins(current, old) and not redaction.replaces(old)
        draft = publish.Draft(
            layer=self.layer,
            number=number,
            expected=current.number if current else None,
            generation=old if small and old else self._new_generation(shape, report.rows, reasons),
            key=key,
            source_name=self.source.info.shown,
            source_checksum=digest,
            source_bytes=sum(path.stat().st_size for path in self.source.info.files),
            conform_version=CONFORM_VERSION,
            changes=changes,
            rejected=report.rejected,
            statistics={},
            report=self.told.stored(),
            loaded_by=self.told.facts.loaded_by,
        )
        conversion = Conversion(
            self.layer, self.staging, draft.generation, number, flatten=self.geometry.with_height > 0,
            previous=old if same else None,
        )  # fmt: skip
        # Before publishing: a folder that cannot be written to must not look like a load that failed.
        rejected_file = self._rejected_file(report)
        if reasons:
            self._hold_back(draft, conversion, reasons)
            return Result(self.layer.id, "held", draft.expected, changes, report, rejected_file)
        if small:
            self._publish_small(draft, conversion, redaction)
        else:
            self._publish_large(draft, conversion, redaction)
        held.drop(self.engine, self.layer.id)
        return Result(self.layer.id, "published", number, changes, report, rejected_file)

    def _publish_small(self, draft: publish.Draft, conversion: Conversion, redaction: Redaction) -> None:
        self.progress(_("converting"), None)
        with self.engine.begin() as connection:
            self.options.pace.limit(connection)
            for statement in history_statements(draft.generation, draft.number):
                connection.execute(text(statement))
            prepared = prepare_changes(connection, conversion)
        redaction.prepare()
        self.progress(_("publishing"), None)
        with self.engine.begin() as connection:
            self.options.pace.limit(connection)
            publish.begin_publish(connection, self.layer.id, draft.expected)
            redaction.apply(connection)
            publish.apply_changes(connection, draft.generation, self.staging.changes, self.staging.gone, draft.number)
            connection.execute(
                text(
                    f"INSERT INTO {draft.generation.table} ({conversion.columns}) "
                    f"SELECT {conversion.columns} FROM {prepared}"
                )
            )
            statistics = publish.statistics(connection, draft.generation)
            self.told.measured(statistics)
            publish.publish(connection, replace(draft, statistics=statistics))
            retention.retire_releases(connection, self.layer)

    def _build(self, connection: Connection, draft: publish.Draft, conversion: Conversion) -> publish.Draft:
        converting = _("converting")
        build_generation(
            connection, conversion, self.options.pace,
            all_changed=conversion.previous is None or draft.changes.written == draft.changes.features,
            progress=lambda share: self.progress(converting, share),
        )  # fmt: skip
        statistics = publish.statistics(connection, draft.generation)
        self.told.measured(statistics)
        return replace(draft, statistics=statistics)

    def _hold_back(self, draft: publish.Draft, conversion: Conversion, reasons: list[Message]) -> None:
        with self.engine.begin() as connection:
            held.hold_back(connection, self._build(connection, draft, conversion), reasons)
        self.told.add(held=[reason.to_json() for reason in reasons])
        held.clean_up(self.engine, self.layer.id)

    def _publish_large(self, draft: publish.Draft, conversion: Conversion, redaction: Redaction) -> None:
        with self.engine.begin() as connection:
            draft = self._build(connection, draft, conversion)
        redaction.prepare()
        self.progress(_("publishing"), None)
        with self.engine.begin() as connection:
            publish.begin_publish(connection, self.layer.id, draft.expected)
            redaction.apply(connection)
            publish.publish(connection, draft)
            retention.retire_releases(connection, self.layer)

    def _thins(self, current: Release | None, old: Generation) -> bool:
        """Whether the thresholds of the current table are those that its tiles need."""
        zoom = current.definition.tiles.max_zoom if current else None
        return old.thinning is not None and zoom == self.layer.tiles.max_zoom

    def _new_generation(self, shape: Generation, rows: int, reasons: list[Message]) -> Generation:
        schema = HELD if reasons else FEATURES
        with self.engine.begin() as connection:
            thinning = measure(connection, self.staging, shape, rows, self.layer.tiles.max_zoom)
            return new_generation(connection, self.layer, shape.srid, shape.geometry_type, thinning, schema=schema)

    def _geometry_type(self, old: Generation | None) -> str:
        """The column's type; a table that takes several parts keeps doing so when none happens to have them."""
        kind = self.geometry.column_type()
        return old.geometry_type if old and old.geometry_type == f"Multi{kind}" else kind

    def _rejected_file(self, report: Report) -> Path | None:
        if not report.rejected or self.options.dry_run:
            return None
        folder = rejected.reports_folder(self.options.data)
        return rejected.write_file(self.engine, self.layer, self.staging.load_id, self.crs, folder)

    def _drop_staging(self) -> None:
        # What cannot be dropped now is dropped by the next load: no reason to hide how this one ended.
        with suppress(DBAPIError), self.engine.begin() as connection:
            drop_orphans(connection, self.prefix)


def _rejected_problem(file: Path) -> Problem:
    return Problem(_("The rejected rows and their reasons are in {file}.", file=file), level="warning")
