"""The API by example, for those who build on it: live addresses, limits, errors, and what may change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from catalogue.language import Message, _
from catalogue.layer import Layer
from catalogue.query.days import is_instant
from catalogue.query.timeline_request import LONGEST_DAYS
from catalogue.release import Release
from server.documents import Document, Documents
from server.express.sending import PIECE_BYTES
from server.formats import DEFINITION, PAGE
from server.guard import MAX_QUERY_BYTES
from server.links import other, part, same
from server.pages.developer_code import code
from server.pages.examples import Example, Examples

PATH = "developers"
_TITLE = _("For developers")
_ABOUT = _("Getting started with the API by example, its limits, and what may change.")


class Section(NamedTuple):
    """One part of the page. `facts` are pairs of a name and a sentence; `code` are names of snippets."""

    id: str
    title: Message
    text: Sequence[Message]
    examples: Sequence[Example] = ()
    facts: Sequence[tuple[Message | str, Message]] = ()
    code: Sequence[str] = ()


def developers(documents: Documents) -> Document:
    """The document. Raises StateChanged where the layer of the examples has just changed."""
    asked, language = documents.asked, documents.asked.language
    layer = example_layer(documents.served.releases.values())
    examples = Examples(documents, layer) if layer else None
    snippets = code(documents, layer) if layer else {}
    base = asked.base_url
    content = {
        "title": _TITLE.render(language),
        "description": _ABOUT.render(language),
        "layer": layer,
        "sections": [
            {
                "id": section.id,
                "title": section.title.render(language),
                "text": [each.render(language) for each in section.text],
                "examples": [each._asdict() | {"title": each.title.render(language)} for each in section.examples],
                "facts": [{"name": name if isinstance(name, str) else name.render(language),
                           "text": text.render(language)} for name, text in section.facts],
                "code": [{"language": name, "text": snippets[name]} for name in section.code if name in snippets],
            }
            for section in _sections(documents, examples)
        ],
        "links": [
            *same(asked, f"{base}/{PATH}", PAGE),
            *other("service-desc", f"{base}/openapi", DEFINITION, _("The API's description"), language),
            *other("conformance", f"{base}/conformance", PAGE, _("Conformance"), language),
            *other("kartlagd:quality", f"{base}/dcat/quality", PAGE, _("Quality of the service"), language),
        ],
    }  # fmt: skip
    shown = {"example": documents.served.described(layer).title if layer else None,
             "layer_page": f"{base}/collections/{part(layer)}" if layer else None}  # fmt: skip
    return documents.document(content, "developers.html", PAGE, shown)


def example_layer(releases: Iterable[Release]) -> str | None:
    """The layer that shows most: with features, geometry and a period, if there is one."""
    found = sorted(
        releases,
        key=lambda each: (not each.features, not each.definition.has_geometry, _lasts(each.definition)),
    )
    return found[0].layer if found else None


def _lasts(layer: Layer) -> int:
    """Features that last come first, then those that are at a time, then those without any."""
    return 2 if layer.time is None else int(is_instant(layer))


def _sections(documents: Documents, examples: Examples | None) -> Iterator[Section]:
    yield Section("start", _("Getting started"), [
        _("No key and no registration is needed, and every origin may call the API (CORS)."),
        _("Each address is a page in a browser and JSON for programs; “f=json” and “f=html” choose, and “lang” the "
          "language. The layer in these examples is one of this server's own."),
    ], examples.first if examples else [], code=["curl", "python"])  # fmt: skip
    if examples:
        yield from _reading(examples)
    yield from _agreement(documents, examples)


def _reading(examples: Examples) -> Iterator[Section]:
    yield Section("pages", _("Page by page"), [
        _("“limit” says how many features a page has. The link “next” leads to the page after it: it holds a cursor, "
          "and all pages show the layer in one state, also when new releases come meanwhile. Never make a cursor "
          "yourself."),
        _("“numberMatched” says exactly how many features there are in all."),
    ], examples.pages)  # fmt: skip
    yield Section("filters", _("Which features"), [
        _("Everything that selects can be combined. What can be asked about stands under “queryables”."),
    ], examples.selecting)  # fmt: skip
    yield Section("forms", _("In which form"), [
        _("Coordinates are longitude and latitude (WGS 84) unless “crs” says otherwise; the header Content-Crs names "
          "the system of each answer, and with it the order of its axes."),
    ], examples.forms)  # fmt: skip
    yield Section("whole", _("The whole layer"), [
        _("Who wants everything takes a file. It belongs to one release; its SHA-256 stands in the list and in the "
          "header Repr-Digest, and ranges of it can be asked for."),
    ], examples.whole, code=["checksum"])  # fmt: skip
    if examples.tiles:
        yield Section("tiles", _("Maps"), [
            _("Vector tiles change with a release and never between. They take filters as features do."),
        ], examples.tiles, code=["maplibre"])  # fmt: skip
    yield Section("changes", _("What has changed, and what was"), [
        _("Every load that changes something is a release with a number. “changes” tells what was added, changed and "
          "removed since a release, a time, or the token at the end of the last answer. “release” reads an older "
          "state."),
        _("A layer keeps a number of releases; this one keeps {count}. What is too old answers 410 and says from "
          "where to start again.", count=examples.release.definition.retention.releases),
    ], examples.changes)  # fmt: skip


def _agreement(documents: Documents, examples: Examples | None) -> Iterator[Section]:
    limits, base = documents.served.home.settings.limits, documents.asked.base_url
    yield Section("caching", _("Asking again"), [
        _("Every answer has a label (ETag). Send it back in If-None-Match: where nothing has changed the answer is 304 "
          "without a body, which costs next to nothing. Labels differ by form, language and compression."),
        _("Caches may keep an answer for a second without asking. Answers come compressed in zstd or gzip."),
    ], code=["etag"])  # fmt: skip
    yield Section("limits", _("Limits and fair use"), [
        _("No requests are counted, and nobody is blocked for asking much. In return: take files instead of a hundred "
          "thousand pages, ask for changes instead of everything, send If-None-Match, wait as long as Retry-After "
          "says, and let User-Agent say who you are."),
    ], facts=[
        (_("Features in a page"), _("{default} unless “limit” says more; {most} at most. A larger limit is the "
                                    "largest.", default=limits.default_limit, most=limits.max_limit)),
        ("offset", _("{most} at most; cursors have no limit.", most=limits.max_offset)),
        (_("Parameters"), _("{bytes} bytes in all.", bytes=MAX_QUERY_BYTES)),
        (_("Time for a question"), _("{seconds} seconds, then 503.", seconds=f"{limits.statement_seconds:g}")),
        (_("Slow readers"), _("{bytes} bytes a minute at least.", bytes=PIECE_BYTES)),
        (_("Days of a timeline"), _("{days} at a time.", days=LONGEST_DAYS)),
    ])  # fmt: skip
    yield Section("errors", _("Errors"), [
        _("An error is JSON with a code and a sentence that names the parameter and says what would work."),
    ], examples.errors if examples else [], [
        ("400 InvalidParameterValue", _("A parameter is unknown, given twice or wrong.")),
        ("404 NotFound", _("There is nothing of that name; withheld layers say why.")),
        ("406 NotAcceptable", _("There is no form that the Accept header allows; the sentence names those there are.")),
        ("410 Gone", _("What is asked for could be read once; the sentence says what can be.")),
        ("414 RequestTooLong", _("The parameters are too long.")),
        ("500 NoApplicableCode", _("The server made a mistake. It is logged.")),
        ("503 ServerBusy", _("Too much to do, or the database is away. Retry-After says when to try again.")),
    ])  # fmt: skip
    yield Section("versions", _("What may change"), [
        _("Addresses carry no version: there is one API, and it grows."),
    ], facts=[
        (_("At any time"), _("New layers, fields, values of lists, parameters, links and forms. Programs should pass "
                             "over what they do not know.")),
        (_("Not by mistake"), _("A field that goes, stops being filled or gets another type, features that get other "
                                "ids, and a geometry that comes or goes: a load that does so is stopped until staff "
                                "have accepted it.")),
        (_("How fields disappear"), _("From the release that leaves it out, also in older releases: a field is mostly "
                                      "taken out because it should not have been published. Asking for it is then an "
                                      "error (400).")),
        (_("Notice"), _("This software promises no time between an announcement and a removal, and has no place for "
                        "announcements; the publisher may promise more. Ask them, at {address}.",
                        address=f"{base}/dcat/quality?f=html")),
        (_("How to notice"), _("Compare a layer's schema from time to time, or follow its description for data "
                               "portals, whose version is the number of the release.")),
        (_("Ids"), _("A feature keeps its id, and with it its address, from release to release. Where the source has "
                     "no key, the id is made of the content, and changes with it.")),
    ])  # fmt: skip
    yield Section("freshness", _("How fresh the data are"), [
        _("A layer says when its newest release was published, and its dataset how often it is meant to change. One "
          "that is older than its publisher promises says so under “late”, with the reason and since when."),
        _("A new release is seen within seconds; Kartlagd-Release in every answer about features says which one it "
          "belongs to."),
    ], [Example(_("All layers that are late, for programs that watch"), f"{base}/ready"),
        Example(_("What can be expected of the service"), f"{base}/dcat/quality")])  # fmt: skip
