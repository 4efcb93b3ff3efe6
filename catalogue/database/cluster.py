"""The private PostGIS cluster: made, started and stopped without anyone's help.

It listens on 127.0.0.1 only, on a port of its own, and has no socket file, so that two clones on one machine
never meet.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import psycopg

from catalogue.database.cluster_making import copy_settings, make_cluster, set_owner_password
from catalogue.database.programs import Programs, find_programs
from catalogue.language import _
from catalogue.problems import WrongUse

SETTINGS = Path(__file__).parents[2] / "config" / "postgresql.conf"
#: As root the data must lie where the `postgres` account can go; root's home is closed to it.
ROOT_FOLDER = Path("/var/lib/kartlagd")
#: Below the range from which systems lend ports to outgoing connections.
_PORTS = range(20_000, 30_000)
_WORTH_A_RETRY = ("pre-existing shared memory block", "lock file", "the database system is starting up")


@dataclass(frozen=True)
class Status:
    """What is known of the cluster; `version` and `port` are None before it was made."""

    running: bool
    folder: Path
    version: int | None
    port: int | None


class Cluster:
    """The cluster that belongs to one private data folder (`KARTLAGD_DATA`)."""

    def __init__(self, data: Path, settings: Path = SETTINGS, options: Mapping[str, str] | None = None) -> None:
        """Touch nothing yet. `settings` is a postgresql.conf; `options` are settings that go before it."""
        self.data = data.resolve()
        self.settings = settings
        self.options = dict(options or {})
        self._name = "kartlagd-" + hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        self.folder = ROOT_FOLDER / self._name if os.geteuid() == 0 else self.data / "postgres"
        self._pgdata = self.folder / "data"
        self._log = self.folder / "log"
        self._pointer = self.data / "cluster.json"

    def url(self) -> str:
        """The owner's DATABASE_URL. Raises WrongUse before the cluster was made."""
        known = self._known()
        if not known:
            raise WrongUse(_("There is no private database yet. Run “kartlagd db start”, or set DATABASE_URL."))
        return f"postgresql://kartlagd:{known['password']}@127.0.0.1:{known['port']}/kartlagd"

    def status(self) -> Status:
        """Whether it runs, and where."""
        port = self._known().get("port")
        return Status(self._answers(), self.folder, self._version(), int(port) if port else None)

    def start(self, timeout: float = 60) -> bool:
        """Start it, made first where it is missing; True when it did not run before.

        A stale lock file and the remains of a crash are cleared away. Raises WrongUse with the log's last lines when it
        does not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        with self._alone(deadline):
            if self._answers():
                return False
            programs = find_programs(self._version())
            if not self._known():
                # Never made, or its pointer was lost with the owner's password.
                self._end(programs, "fast")
                self._remember(port=self._first_port(), password=secrets.token_urlsafe(24))
                if self._version() is not None:
                    self._remove_stale_lock()
                    set_owner_password(programs, self._pgdata, self._known()["password"])
            if self._version() is None:
                make_cluster(programs, self._pgdata, self.settings, self._known()["password"])
            self._launch(programs, deadline)
            return True

    def stop(self, timeout: float = 60) -> bool:
        """Stop it, ending its sessions; True when it ran."""
        with self._alone(time.monotonic() + timeout):
            return self._version() is not None and self._end(find_programs(self._version()), "fast", timeout)

    def remove(self) -> None:
        """Stop it and delete all that it holds."""
        with self._alone(time.monotonic() + 60):
            if self._version() is not None:
                self._end(find_programs(self._version()), "immediate")
            shutil.rmtree(self.folder, ignore_errors=True)
            self._pointer.unlink(missing_ok=True)

    # --- running

    def _launch(self, programs: Programs, deadline: float) -> None:
        # A cluster that is just ending still has its process: it is waited for, and started when it is gone.
        while not self._answers():
            if self._postmaster() is None:
                self._start_process(programs, deadline)
            elif time.monotonic() > deadline:
                raise self._failed(0)
            else:
                time.sleep(0.05)

    def _start_process(self, programs: Programs, deadline: float) -> None:
        self._remove_stale_lock()
        copy_settings(self.settings, self._pgdata)
        port = _free_port(int(self._known()["port"]))
        self._remember(port=port)
        options = {
            "port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "",
            "cluster_name": self._name, **self.options,
        }  # fmt: skip
        written = self._log.stat().st_size if self._log.exists() else 0
        seconds = max(1, int(deadline - time.monotonic()))
        started = programs.run(
            "pg_ctl", "start", "-w", "-D", self._pgdata, "-l", self._log, "-t", str(seconds),
            "-o", " ".join(f"-c {name}='{value}'" for name, value in options.items()),
        )  # fmt: skip
        if started.returncode:
            self._retry_or_raise(written, deadline)

    def _retry_or_raise(self, written: int, deadline: float) -> None:
        said = self._said(written)
        taken = "could not bind" in said or "Address already in use" in said
        if time.monotonic() > deadline or not (taken or any(reason in said for reason in _WORTH_A_RETRY)):
            raise self._failed(written)
        time.sleep(0.2)

    def _end(self, programs: Programs, mode: str, timeout: float = 60) -> bool:
        if self._postmaster() is None:
            return False
        written = self._log.stat().st_size if self._log.exists() else 0
        ended = programs.run("pg_ctl", "stop", "-w", "-D", self._pgdata, "-m", mode, "-t", str(max(1, int(timeout))))
        if ended.returncode and self._postmaster() is not None:
            raise self._failed(written)
        return True

    def _failed(self, written: int) -> WrongUse:
        return WrongUse(
            _(
                "The private database does not start or stop as it should. Its log ({log}) ends with:\n{lines}",
                log=self._log,
                lines="\n".join(self._said(written).splitlines()[-8:]),
            )
        )

    def _said(self, written: int) -> str:
        if not self._log.exists():
            return ""
        with self._log.open(encoding="utf-8", errors="replace") as log:
            log.seek(written)
            return log.read()

    def _answers(self) -> bool:
        """Whether our own cluster lets its owner in: not merely someone else's at the remembered port."""
        if not self._known():
            return False
        try:
            with psycopg.connect(self.url(), connect_timeout=2) as connection:
                row = connection.execute("SHOW cluster_name").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and row[0] == self._name

    def _postmaster(self) -> int | None:
        """The process id of the running cluster. A lock file may outlive it, and its number may be another's by now."""
        try:
            pid = int((self._pgdata / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except PermissionError:
            return None
        except (FileNotFoundError, ProcessLookupError, IndexError, ValueError):
            return None
        try:
            # Empty for a process that has ended and whose parent has not noticed.
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            # Ended just now, or a system without /proc, where PostgreSQL's own check must do.
            return None if Path("/proc/self").exists() else pid
        return pid if os.fsencode(self._pgdata) in command else None

    def _remove_stale_lock(self) -> None:
        if self._postmaster() is None:
            (self._pgdata / "postmaster.pid").unlink(missing_ok=True)

    # --- what is remembered

    def _version(self) -> int | None:
        try:
            return int((self._pgdata / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    def _known(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads(self._pointer.read_text())
            return known
        except FileNotFoundError:
            return {}

    def _remember(self, *, port: int, password: str = "") -> None:
        known = {"port": str(port), "password": password or self._known()["password"]}
        draft = self._pointer.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(known, file)
        draft.replace(self._pointer)

    def _first_port(self) -> int:
        return _PORTS.start + int(self._name.removeprefix("kartlagd-"), 16) % len(_PORTS)

    @contextmanager
    def _alone(self, deadline: float) -> Iterator[None]:
        """One command at a time starts, stops or makes the cluster."""
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.data / "cluster.lock").open("w")
        except PermissionError as error:
            raise WrongUse(
                _(
                    "The folder {folder} belongs to another account. Use that account, or set KARTLAGD_DATA.",
                    folder=self.data,
                )
            ) from error
        with lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise WrongUse(_("Another command is starting or stopping the private database.")) from error
                    time.sleep(0.05)
            yield


def _free_port(wanted: int) -> int:
    """The wanted port or the next that nobody listens on."""
    for port in chain(range(wanted, _PORTS.stop), range(_PORTS.start, wanted)):
        if _is_free(port):
            return port
    raise WrongUse(_("No port is free between {first} and {last}.", first=_PORTS.start, last=_PORTS.stop))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
