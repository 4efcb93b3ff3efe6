"""How a private cluster is made: its files, its owner, its database and extensions.

Its superuser has no password and hence no way in; what needs a superuser is done in PostgreSQL's single-user mode.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from catalogue.database.programs import Programs, cluster_account
from catalogue.language import _
from catalogue.problems import WrongUse

EXTENSIONS = ("postgis", "unaccent", "pg_trgm", "btree_gist")


def make_cluster(programs: Programs, pgdata: Path, settings: Path, password: str) -> None:
    """Make the cluster in `pgdata`: the owner `kartlagd` with `password`, its database `kartlagd`, the extensions.

    UTF-8 in the C.UTF-8 locale: the order of texts, and with it every index, is the same on every machine; a language's
    own order is asked for by collation. Raises WrongUse with PostgreSQL's reason. What an interruption leaves behind is
    cleared away by the next try.
    """
    new = pgdata.with_name("new")
    _give_to_account(pgdata.parent)
    shutil.rmtree(new, ignore_errors=True)
    made = programs.run(
        "initdb", "--pgdata", new, "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8",
        "--data-checksums", "--auth-local=reject", "--auth-host=scram-sha-256",
    )  # fmt: skip
    if made.returncode:
        raise WrongUse(_("The private database could not be made: {reason}", reason=made.stderr.strip()))
    copy_settings(settings, new)
    (new / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    _as_superuser(
        programs,
        new,
        # Into the template, so that every database the owner makes has them.
        *(f"CREATE EXTENSION {extension}" for extension in EXTENSIONS),
        f"CREATE ROLE kartlagd LOGIN CREATEROLE CREATEDB PASSWORD '{password}'",
        "CREATE DATABASE kartlagd OWNER kartlagd",
    )
    # Last, so that a folder of this name is a finished cluster.
    new.rename(pgdata)


def set_owner_password(programs: Programs, pgdata: Path, password: str) -> None:
    """Give the owner of a stopped cluster a new password."""
    _as_superuser(programs, pgdata, f"ALTER ROLE kartlagd PASSWORD '{password}'")


def copy_settings(settings: Path, pgdata: Path) -> None:
    """Put the project's postgresql.conf in the cluster: its account may not be allowed into the project's folder."""
    (pgdata / "postgresql.conf").write_bytes(settings.read_bytes())


def _as_superuser(programs: Programs, pgdata: Path, *statements: str) -> None:
    text = "".join(f"{statement};\n\n" for statement in statements)
    done = programs.run("postgres", "--single", "-j", "-D", pgdata, "template1", text=text)
    # Single-user mode goes on after an error and ends with 0; exit_on_error would end at errors that are caught, too.
    wrong = [line for line in done.stderr.splitlines() if "ERROR:" in line or "FATAL:" in line or "PANIC:" in line]
    if wrong or done.returncode:
        reason = "\n".join(wrong) or done.stderr.strip()
        raise WrongUse(_("The private database could not be prepared: {reason}", reason=reason))


def _give_to_account(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account := cluster_account():
        # The folder above is only passed through.
        folder.parent.chmod(0o755)
        os.chown(folder, account.pw_uid, account.pw_gid)
