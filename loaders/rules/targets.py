"""Where fields with `links` lead: the other layer's current release, or the rows of this load."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from catalogue.generation import quoted
from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.links import IDENTITY, find_target
from catalogue.release import find_release
from loaders.rules.broken import kept
from loaders.staging import Staging


@dataclass(frozen=True)
class Target:
    """A column of a table in SQL, and which of its rows count."""

    table: str
    column: str
    rows: str

    def there(self, value: str) -> str:
        """The SQL condition that a row of the table has that value (an SQL expression of text)."""
        return f"EXISTS (SELECT FROM {self.table} t WHERE {self.rows} AND t.{quoted(self.column)}::text = {value})"


def find(connection: Connection, layer: Layer, field: str, staging: Staging) -> Target | Message:
    """Where a field leads, or why nobody can tell."""
    described = layer.field(field)
    link = described.links if described else None
    known = set(connection.scalars(text("SELECT id FROM kartlagd.layer")).all()) | {layer.id}
    target = find_target(link, layer.id, known) if link else None
    if target is None:
        return _("“{link}” has no release yet", link=link or "–")
    column = "_id" if target.field == IDENTITY else target.field
    if target.layer == layer.id:
        return Target(staging.rows, column, kept(staging, "t"))
    release = find_release(connection, target.layer)
    if release is None or release.reads is None:
        return _("“{link}” has no release yet", link=link)
    if target.field != IDENTITY and release.definition.field(target.field) is None:
        return _("the release of “{link}” does not have that field", link=link)
    return Target(release.reads.table, column, "t._until IS NULL")
