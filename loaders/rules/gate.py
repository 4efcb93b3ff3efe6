"""The rules' part of the gate: held against staged rows, some rejected, the release refused where a rule says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pyproj import CRS
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.problems import Problem, Refused, WrongUse
from catalogue.release import Release
from catalogue.rules import OF_A_RELEASE, OF_ALL_ROWS, Rule
from loaders.rules import releases, rows, targets, together
from loaders.rules.conditions import Row, whole_pattern
from loaders.rules.measures import Measures
from loaders.rules.outcome import Outcome
from loaders.rules.targets import Target
from loaders.rules.words import title
from loaders.staging import Staging

#: One rule takes seconds; what takes this long is a mistake, and the database has other work.
SECONDS = 600
_STOPPED, _NO_PATTERN = "57014", "2201B"


@dataclass(frozen=True)
class Tested:
    """What the rules are held against: a load's staged rows, of which there are `rows`, beside the `current` release.

    `hidden` are fields whose values are not told, as people may be in them; `shrink`: fewer rows have been accepted.
    No statement may take more than `seconds`.
    """

    layer: Layer
    staging: Staging
    crs: CRS | None
    rows: int
    current: Release | None = None
    hidden: frozenset[str] = frozenset()
    shrink: bool = False
    seconds: int = SECONDS


def check_patterns(connection: Connection, layer: Layer) -> None:
    """Raise WrongUse for a pattern that the database does not take; before anything is read."""
    for name, rule in layer.rules.items():
        if rule.pattern is None:
            continue
        try:
            with connection.begin_nested():
                connection.execute(text("SELECT '' ~ CAST(:pattern AS text)"), {"pattern": whole_pattern(rule)})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _NO_PATTERN:
                raise
            reason = str(error.orig).splitlines()[0]
            message = _("PostgreSQL does not take the pattern: {reason}", reason=reason)
            problem = Problem(message, key=f"rules.{name}.pattern", suggestion=_("Write a simpler one."))
            raise WrongUse(_("{layer}: a rule cannot be used.", layer=layer.id), [problem]) from error


def apply_rules(connection: Connection, tested: Tested) -> list[Outcome]:
    """What every rule comes to; rows that are to be rejected are in `staging.rejected` afterwards.

    First the rules of single rows, then those that compare rows, then those that compare what is left with the previous
    release. Raises Refused where they take too long.
    """
    rules = tested.layer.rules
    if not rules:
        return []
    with _in_time(connection, tested):
        known, missing = _targets(connection, tested)
        usable = {name: rule for name, rule in rules.items() if name not in missing}
        measures = Measures.of(tested.crs)
        single = {name: rule for name, rule in usable.items() if rule.kind not in (*OF_ALL_ROWS, *OF_A_RELEASE)}
        row = Row(tested.layer, measures, known)
        found = rows.apply(connection, tested.staging, single, row, tested.rows, tested.hidden)
        several = _of(usable, OF_ALL_ROWS)
        found += together.apply(connection, tested.staging, several, measures, tested.rows, tested.hidden)
        compared = _of(usable, OF_A_RELEASE)
        found += releases.apply(connection, tested.staging, compared, tested.current, shrink=tested.shrink)
    return [*found, *(Outcome(name, rules[name], True, said) for name, said in missing.items())]


def _of(rules: Mapping[str, Rule], kinds: tuple[str, ...]) -> dict[str, Rule]:
    return {name: rule for name, rule in rules.items() if rule.kind in kinds}


def _targets(connection: Connection, tested: Tested) -> tuple[dict[str, Target], dict[str, Message]]:
    """Where `linked` fields lead, and the rules that nobody can check, with the reason."""
    known: dict[str, Target] = {}
    missing: dict[str, Message] = {}
    for name, rule in tested.layer.rules.items():
        if rule.kind == "linked" and rule.field:
            found = targets.find(connection, tested.layer, rule.field, tested.staging)
            if isinstance(found, Target):
                known[rule.field] = found
            else:
                missing[name] = _("The rule “{rule}” cannot be checked: {reason}.", rule=title(rule), reason=found)
    return known, missing


def refuse(layer: Layer, outcomes: list[Outcome]) -> None:
    """Raise Refused, with one problem for each rule that allows no release."""
    problems = [
        Problem(found.said, key=f"rules.{found.name}", suggestion=_("Mend the source, or change the rule."))
        for found in outcomes
        if found.said and (found.refuses or _uncheckable(found))
    ]
    if problems:
        raise Refused(_("{layer}: its rules do not allow the release; nothing has changed.", layer=layer.id), problems)


def _uncheckable(found: Outcome) -> bool:
    """Whether rows should have been rejected that nobody can tell."""
    return found.acts and found.rule.kind == "linked" and found.rule.action == "reject row" and not found.broken


@contextmanager
def _in_time(connection: Connection, tested: Tested) -> Iterator[None]:
    before = connection.scalar(text("SELECT current_setting('statement_timeout')"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{tested.seconds}s'"))
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _STOPPED:
            raise
        message = _("{layer}: its rules took more than {seconds} seconds and were stopped; nothing has changed.",
                    layer=tested.layer.id, seconds=tested.seconds)  # fmt: skip
        remedy = _("no_overlap and pattern take longest: take them out one by one.")
        raise Refused(message, [Problem(remedy, key="rules")]) from error
    connection.execute(text("SELECT set_config('statement_timeout', :before, true)"), {"before": before})
