from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.files.home import Home
from catalogue.files.known import Known, file_stamps
from tests.catalogue.homes import LAYER, MODEL, make_home, publisher, write

#: Things that people do to the files of a home.
EDITS: dict[str, Callable[[Path], object]] = {
    "another title": lambda home: write(home, "collections/works.yml", LAYER + "title: Annat\n"),
    "as it was": lambda home: write(home, "collections/works.yml", LAYER),
    "a second layer": lambda home: write(home, "collections/more.yml", LAYER.replace("id: works", "id: more")),
    "the second gone": lambda home: (home / "collections/more.yml").unlink(missing_ok=True),
    "broken": lambda home: write(home, "collections/works.yml", "id: [works\n"),
    "the model without a field": lambda home: write(
        home,
        "collections/models/works-1.yml",
        MODEL.replace("  width: {type: number, unit: m, title: {sv: Bredd}}\n", ""),
    ),
    "the model as it was": lambda home: write(home, "collections/models/works-1.yml", MODEL),
    "the model gone": lambda home: (home / "collections/models/works-1.yml").unlink(missing_ok=True),
    "a second publisher": lambda home: publisher(home, "grannby"),
    "the default publisher": lambda home: write(home, "config/server.yml", "default_publisher: exempelby\n"),
    "no settings": lambda home: (home / "config/server.yml").unlink(missing_ok=True),
    "its layer": lambda home: write(
        home, "collections/grannby/works.yml", LAYER.replace("publisher: exempelby", "publisher: grannby")
    ),
    "a link to nowhere": lambda home: _link(home / "collections/more.yml"),
}


def _link(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("nowhere.yml")


@given(st.lists(st.sampled_from(sorted(EDITS)), max_size=12))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_what_is_known_changes_nothing_but_time(tmp_path_factory: pytest.TempPathFactory, edits: list[str]) -> None:
    home = make_home(tmp_path_factory.mktemp("home"))
    known = Known()
    before, stamps = Home.read(home, known), file_stamps(home)
    for edit in edits:
        EDITS[edit](home)
        now, changed = Home.read(home), file_stamps(home)
        assert Home.read(home, known) == now, edit
        assert changed != stamps or now == before, edit
        before, stamps = now, changed


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    write(home, "collections/more.yml", LAYER.replace("id: works", "id: more"))
    known = Known()
    first = Home.read(home, known)
    write(home, "collections/more.yml", LAYER.replace("id: works", "id: more") + "title: Flera\n")
    second = Home.read(home, known)
    assert second.layer("works") is first.layer("works")
    assert second.layer("more").title == {"sv": "Flera"}
    write(home, "collections/models/works-1.yml", MODEL.replace("Arbeten", "Arbete"))
    assert Home.read(home, known).layer("works").title == {"sv": "Arbete", "en": "Works"}


def test_a_file_that_could_not_be_read_is_read_once_it_can_be(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    known = Known()
    file = home / "collections/works.yml"
    stamps = file_stamps(home)
    kept = file.stat()
    file.write_bytes(file.read_bytes().replace(b"KS 2026/1", b"KS 2026/2"))
    os.utime(file, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    # The same size, and a time that somebody has set back.
    assert file_stamps(home) != stamps
    assert Home.read(home, known) == Home.read(home)
