"""A private cluster that others follow, and one that follows it, some seconds behind."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from catalogue.database.cluster import Cluster
from catalogue.database.programs import cluster_account, find_programs

#: What PostgreSQL needs so that another cluster can follow (config/postgresql.conf says the same).
FOLLOWED = {"wal_level": "replica", "max_wal_senders": "4", "fsync": "off"}


@contextmanager
def followed(primary: Cluster, data: Path, behind_seconds: float) -> Iterator[Cluster]:
    """A standby of a running cluster, which applies what it hears that much later; gone at the end.

    The primary was started with `FOLLOWED`; it is restarted once, for the right to be followed.
    """
    programs = find_programs()
    primary.stop()
    pgdata = primary.folder / "data"
    # Its superuser has no way in while it runs.
    programs.run("postgres", "--single", "-j", "-D", pgdata, "postgres", text="ALTER ROLE kartlagd REPLICATION;\n\n")
    with (pgdata / "pg_hba.conf").open("a") as rules:
        rules.write("host replication kartlagd 127.0.0.1/32 scram-sha-256\n")
    primary.start()
    standby = Cluster(data, options=FOLLOWED | {"recovery_min_apply_delay": f"{int(behind_seconds * 1000)}ms"})
    address = make_url(primary.url())
    data.mkdir(parents=True, exist_ok=True)
    # A copy has the accounts of what it was copied from.
    (data / "cluster.json").write_text(json.dumps({"port": str(address.port), "password": address.password}))
    standby.folder.mkdir(parents=True)
    if account := cluster_account():
        os.chown(standby.folder, account.pw_uid, account.pw_gid)
    copied = programs.run(
        "pg_basebackup", "-D", standby.folder / "data", "-R", "-X", "stream", "-c", "fast", "-d", primary.url()
    )
    if copied.returncode:
        raise RuntimeError(copied.stderr)
    try:
        standby.start()
        yield standby
    finally:
        standby.remove()
