"""The private cluster, over real PostgreSQL processes."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from catalogue.database.cluster import Cluster
from catalogue.database.cluster_making import EXTENSIONS
from catalogue.problems import WrongUse


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster that is not made yet."""
    private = Cluster(tmp_path / "data")
    yield private
    private.remove()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that the tests share, running or not: making one takes long."""
    private = Cluster(tmp_path_factory.mktemp("cluster") / "data")
    yield private
    private.remove()


def asked(cluster: Cluster, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(cluster.url()) as connection:
        return connection.execute(statement.encode()).fetchall()


def postmaster(cluster: Cluster) -> int:
    return int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


def test_made_started_and_stopped(fresh: Cluster) -> None:
    with pytest.raises(WrongUse, match="kartlagd db start"):
        fresh.url()
    assert not fresh.status().running

    assert fresh.start()
    assert not fresh.start(), "a second start finds it running"
    status = fresh.status()
    assert status.running and status.port and status.version

    extensions = {row[0] for row in asked(fresh, "SELECT extname FROM pg_extension")}
    assert extensions >= set(EXTENSIONS)
    assert asked(fresh, "SHOW server_encoding") == [("UTF8",)]
    assert asked(fresh, "SHOW data_checksums") == [("on",)]
    assert asked(fresh, "SHOW fsync") == [("on",)]
    assert asked(fresh, "SHOW jit") == [("off",)], "config/postgresql.conf is in force"
    # A control point that Lantmäteriet publishes for SWEREF 99 TM: 55°00' N, 12°45' E.
    point = "ST_Transform(ST_SetSRID(ST_MakePoint(356083.438, 6097106.672), 3006), 4326)"
    assert asked(fresh, f"SELECT round(ST_X({point})::numeric, 7)::float, round(ST_Y({point})::numeric, 7)::float") == [
        (12.75, 55.0)
    ]

    assert fresh.stop()
    assert not fresh.stop()
    assert not fresh.status().running


def test_the_owner_is_no_superuser_and_nobody_else_gets_in(cluster: Cluster) -> None:
    cluster.start()
    owner = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'kartlagd'"
    assert asked(cluster, owner) == [(False, True, True)]
    assert asked(cluster, "SHOW listen_addresses") == [("127.0.0.1",)]
    socket_folder = (cluster.folder / "data" / "postmaster.pid").read_text().splitlines()[4]
    assert socket_folder == ""

    for user, password in (("postgres", ""), ("postgres", "postgres"), ("kartlagd", "kartlagd")):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                host="127.0.0.1", port=cluster.status().port, user=user, password=password, dbname="kartlagd"
            ).close()
    pointer = cluster.data / "cluster.json"
    assert stat.S_IMODE(pointer.stat().st_mode) == 0o600


def test_a_database_that_the_owner_makes_has_the_extensions(cluster: Cluster) -> None:
    cluster.start()
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE another")
    with psycopg.connect(cluster.url(), dbname="another") as connection:
        assert connection.execute("SELECT ST_AsText(ST_Point(1, 2))").fetchone() == ("POINT(1 2)",)


def test_what_is_stored_outlives_kill_9(cluster: Cluster) -> None:
    cluster.start()
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 41 AS release")
    os.kill(postmaster(cluster), signal.SIGKILL)

    assert cluster.start(), "the crash left a lock file, and perhaps sessions that are still ending"
    assert asked(cluster, "SELECT release FROM kept") == [(41,)]


def test_a_lock_file_that_names_another_process_is_cleared_away(cluster: Cluster) -> None:
    cluster.start()
    lock = cluster.folder / "data" / "postmaster.pid"
    left_behind = lock.read_text()
    cluster.stop()
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        lock.write_text(left_behind.replace(left_behind.split()[0], str(stranger.pid), 1))
        assert not cluster.status().running
        assert not cluster.stop(), "the stranger is left alone"
        assert stranger.poll() is None
        assert cluster.start()
        assert asked(cluster, "SELECT 1") == [(1,)]
    finally:
        stranger.communicate(b"\n")


def test_a_port_that_was_taken_meanwhile_is_replaced(cluster: Cluster) -> None:
    cluster.start()
    first = cluster.status().port
    assert first is not None
    cluster.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first))
        other.listen()
        assert cluster.start()
        assert cluster.status().port != first
        assert asked(cluster, "SELECT 1") == [(1,)]


def test_two_clones_do_not_meet(tmp_path: Path, cluster: Cluster) -> None:
    other = Cluster(tmp_path / "other clone åäö")
    try:
        cluster.start()
        other.start()
        assert cluster.folder != other.folder
        assert cluster.status().port != other.status().port
        other.stop()
        assert cluster.status().running
    finally:
        other.remove()


def test_a_copied_pointer_does_not_lead_to_another_clones_database(tmp_path: Path, cluster: Cluster) -> None:
    cluster.start()
    copy = Cluster(tmp_path / "copy")
    copy.data.mkdir()
    (copy.data / "cluster.json").write_bytes((cluster.data / "cluster.json").read_bytes())
    try:
        assert not copy.status().running
        assert copy.start()
        assert copy.status().port != cluster.status().port
    finally:
        copy.remove()
    assert cluster.status().running


def test_a_lost_pointer_is_made_anew_and_the_data_stay(cluster: Cluster) -> None:
    cluster.start()
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE found_again AS SELECT 41 AS release")
    before = cluster.url()
    (cluster.data / "cluster.json").unlink()

    cluster.start()
    assert cluster.url() != before
    assert asked(cluster, "SELECT release FROM found_again") == [(41,)]


def test_started_by_two_commands_at_once(fresh: Cluster) -> None:
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(Cluster(fresh.data).start())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True], "one makes it, the other waits and finds it"


def test_making_that_was_interrupted_begins_again(fresh: Cluster) -> None:
    half = fresh.folder / "new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15")
    assert fresh.start()
    assert asked(fresh, "SELECT 1") == [(1,)]


def test_a_setting_that_postgresql_refuses_is_told_with_the_logs_words(tmp_path: Path) -> None:
    wrong = tmp_path / "postgresql.conf"
    wrong.write_text("shared_buffers = 512MB\n")
    cluster = Cluster(tmp_path / "data", settings=wrong)
    try:
        cluster.start()
        cluster.stop()
        wrong.write_text("shared_bufers = 512MB\n")
        with pytest.raises(WrongUse, match="shared_bufers"):
            cluster.start()
    finally:
        cluster.remove()


def test_removed_without_a_trace(fresh: Cluster) -> None:
    fresh.start()
    pid = postmaster(fresh)
    fresh.remove()
    wait_until_gone(pid)
    assert not fresh.folder.exists()
    assert not fresh.status().running
