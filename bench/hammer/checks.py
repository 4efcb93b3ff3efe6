"""Requests of every kind, and whether their answers are those of the release that they name."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from urllib.parse import urlsplit

import mapbox_vector_tile

from bench.hammer.answers import Answer, Client, Json
from bench.hammer.editions import LAYER, TILE, Content, Editions

ITEMS = f"/collections/{LAYER}/items"
#: What is wrong with an answer; "" for nothing.
Problem = str


class Checks:
    """What one client asks, and what it makes of the answers."""

    def __init__(self, editions: Editions, client: Client, dice: random.Random, *, lagging: bool = False) -> None:
        """Keep what answers are held against; `lagging`: a server may not know the newest releases yet."""
        self.editions = editions
        self.unknown = {404} if lagging else set()
        self.client = client
        self.dice = dice
        #: Asked already: address and the label that came with it.
        self.seen: list[tuple[str, str]] = []
        #: Links to what changes from a release on, with the number of that release.
        self.tokens: list[tuple[str, int]] = []

    def items(self) -> list[tuple[str, Answer, Problem]]:
        """The whole layer, at an address of many or of few."""
        path = f"{ITEMS}?limit={self.dice.choice([1000, self.dice.randint(1001, 9999)])}"
        return [self._content(path, _features)]

    def lines(self) -> list[tuple[str, Answer, Problem]]:
        """The whole layer as lines."""
        form, read = self.dice.choice([("csv", _csv), ("ndjson", _lines), ("geojsonseq", _lines)])
        return [self._content(f"{ITEMS}?f={form}&limit={self.dice.randint(1000, 9999)}", read)]

    def older(self) -> list[tuple[str, Answer, Problem]]:
        """A release by its number."""
        number = self.dice.randint(max(1, self.editions.newest - 14), max(1, self.editions.newest))
        path = f"{ITEMS}?limit=1000&release={number}"
        address, answer, problem = self._content(path, _features)
        if not problem and answer.status == 200 and answer.release != number:
            problem = f"release {number} was asked for, {answer.release} given"
        return [(address, answer, problem)]

    def item(self) -> list[tuple[str, Answer, Problem]]:
        """One feature."""
        key = f"f{self.dice.randrange(self.editions.features)}"
        path = f"{ITEMS}/{key}"
        before = self.editions.newest
        answer = self.client.get(path)
        if answer.status == 404:
            # It carries no label; some release about that time must not have had it.
            recent = range(max(1, before - 8), max(self.editions.expected) + 1)
            problem = "" if any(key not in self.editions.expected[n] for n in recent) else "404 for what was never gone"
            return [(path, answer, problem)]
        if answer.status != 200:
            return [(path, answer, _unexpected(answer, {503}))]
        expected = self.editions.expected.get(answer.release, {}).get(key)
        found = answer.json["properties"]["edition"]
        return [(path, answer, "" if found == expected else f"edition {found}, not {expected}")]

    def crawl(self) -> list[tuple[str, Answer, Problem]]:
        """All pages by their next links: one release from the first to the last."""
        done: list[tuple[str, Answer, Problem]] = []
        found: Content = {}
        path, release = f"{ITEMS}?limit={self.dice.randint(20, 60)}", 0
        while path:
            answer = self.client.get(path)
            if answer.status != 200:
                return [*done, (path, answer, _unexpected(answer, {410, 503}))]
            release = release or answer.release
            problem = "" if answer.release == release else f"page of release {answer.release} after one of {release}"
            part = _features(answer)
            if part.keys() & found.keys():
                problem = "a feature on two pages"
            found |= part
            following = urlsplit(answer.link("next"))
            done.append((path, answer, problem))
            path = f"{following.path}?{following.query}" if following.path else ""
        path, answer, problem = done.pop()
        return [*done, (path, answer, problem or self._compared(found, release))]

    def changes(self) -> list[tuple[str, Answer, Problem]]:
        """What changed since a release, or since an answer that was given before: exactly what differs."""
        since = self.dice.randint(max(1, self.editions.newest - 14), max(1, self.editions.newest))
        path, allowed = f"/collections/{LAYER}/changes?since={since}&limit=1000", {410, 503} | self.unknown
        if self.tokens and self.dice.random() < 0.5:
            (path, since), allowed = self.dice.choice(self.tokens[-10:]), {410, 503}
        answer = self.client.get(path)
        if answer.status != 200:
            return [(path, answer, _unexpected(answer, allowed))]
        content = answer.json
        if content["release"] != answer.release or content["since"] != since:
            return [(path, answer, "the body names other releases than the headers")]
        following = urlsplit(answer.link("kartlagd:changes"))
        self.tokens.append((f"{following.path}?{following.query}", answer.release))
        told = {feature["id"]: _told(feature) for feature in content["features"]}
        wanted = _differing(self.editions.expected[since], self.editions.expected.get(answer.release, {}))
        differing = sorted(told.items() ^ wanted.items())[:6]
        return [(path, answer, f"changes differ: {differing}" if differing else "")]

    def tile(self) -> list[tuple[str, Answer, Problem]]:
        """The tile that holds all features."""
        zoom, row, column = TILE
        path = f"/collections/{LAYER}/tiles/WebMercatorQuad/{zoom}/{row}/{column}"
        return [self._content(path, _tile)]

    def again(self) -> list[tuple[str, Answer, Problem]]:
        """Something that was asked before, with the label that it had."""
        if not self.seen:
            return self.items()
        path, etag = self.dice.choice(self.seen[-20:])
        answer = self.client.get(path, etag)
        if answer.status == 304:
            same = answer.headers.get("etag") == etag
            # Another coding of the same state has another label, and is sent whole.
            return [(path, answer, "" if same else f"304 with the label {answer.headers.get('etag')}, not {etag}")]
        return [(path, answer, _unexpected(answer, {404, 410, 503}))]

    def _content(self, path: str, read: Callable[[Answer], Content]) -> tuple[str, Answer, Problem]:
        answer = self.client.get(path)
        if answer.status != 200:
            return path, answer, _unexpected(answer, {410, 503} | self.unknown if "release=" in path else {503})
        self.seen.append((path, answer.headers["etag"]))
        return path, answer, self._compared(read(answer), answer.release)

    def _compared(self, found: Content, release: int) -> Problem:
        expected = self.editions.expected.get(release)
        if expected is None:
            return f"labelled with release {release}, which there never was"
        if found != expected:
            return f"not the rows of release {release}: {sorted(found.items() ^ expected.items())[:6]}"
        return ""


def _unexpected(answer: Answer, allowed: set[int]) -> Problem:
    if answer.status not in {200, *allowed}:
        return f"status {answer.status}: {answer.body[:200]!r}"
    if answer.status == 503 and not answer.headers.get("retry-after", "").isdecimal():
        return "503 without Retry-After"
    return ""


def _features(answer: Answer) -> Content:
    content = answer.json
    if content["numberReturned"] != len(content["features"]):
        return {"numberReturned": content["numberReturned"]}
    return {feature["id"]: feature["properties"]["edition"] for feature in content["features"]}


def _lines(answer: Answer) -> Content:
    features: list[Json] = [json.loads(line.strip("\x1e")) for line in answer.body.decode().split("\n") if line]
    return {feature["id"]: feature["properties"]["edition"] for feature in features}


def _csv(answer: Answer) -> Content:
    return {row["key"]: int(row["edition"]) for row in csv.DictReader(io.StringIO(answer.body.decode()))}


def _tile(answer: Answer) -> Content:
    layers = mapbox_vector_tile.decode(answer.body)
    (layer,) = layers.values()
    return {feature["properties"]["key"]: feature["properties"]["edition"] for feature in layer["features"]}


def _differing(old: Content, new: Content) -> dict[str, tuple[str, int]]:
    changed = {
        key: ("changed" if key in old else "added", edition) for key, edition in new.items() if old.get(key) != edition
    }
    return changed | {key: ("removed", 0) for key in old.keys() - new.keys()}


def _told(feature: Json) -> tuple[str, int]:
    removed = feature["change"] == "removed"
    return feature["change"], 0 if removed else feature["properties"]["edition"]
