"""The machine's PostgreSQL programs: where they are, and whether PostGIS belongs to them.

`python -m catalogue.database.programs` prints the folder of the ones that a private cluster would use.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from catalogue.language import _
from catalogue.problems import WrongUse

OLDEST = 14
#: Debian and Ubuntu keep every version apart; elsewhere `pg_config` on PATH says where things are.
_DEBIAN = Path("/usr/lib/postgresql")
_DEBIAN_SHARE = Path("/usr/share/postgresql")


@dataclass(frozen=True)
class Programs:
    """One version's programs (`initdb`, `pg_ctl`, `postgres`), of which PostGIS is a part."""

    version: int
    folder: Path

    def run(self, name: str, *arguments: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run one program as the cluster's account, with `text` as its input; its output comes as text in English."""
        account = cluster_account()
        return subprocess.run(
            [str(self.folder / name), *map(str, arguments)],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def cluster_account() -> pwd.struct_passwd | None:
    """The account that the cluster runs as; None for one's own.

    PostgreSQL refuses to run as root: there it runs as the account that its packages make.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise WrongUse(
            _("PostgreSQL does not run as root, and there is no account “postgres”. Run as an ordinary user.")
        ) from error


def _candidates() -> list[tuple[Programs, Path]]:
    """Programs with the folder of their extensions, newest first."""
    found = [
        (Programs(int(folder.name), folder / "bin"), _DEBIAN_SHARE / folder.name)
        for folder in _DEBIAN.glob("*")
        if folder.name.isdecimal()
    ]
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run(
            [pg_config, "--version", "--bindir", "--sharedir"], capture_output=True, text=True, check=False
        ).stdout.splitlines()
        if len(answer) == 3:
            number = answer[0].removeprefix("PostgreSQL ").split(".")[0]
            if number.isdecimal():
                found.append((Programs(int(number), Path(answer[1])), Path(answer[2])))
    return sorted(found, key=lambda candidate: -candidate[0].version)


def find_programs(version: int | None = None) -> Programs:
    """The newest PostgreSQL that has its server and PostGIS; with `version`, that major version only.

    Raises WrongUse, naming the alternatives, where there is none.
    """
    for programs, share in _candidates():
        complete = (programs.folder / "initdb").exists() and (share / "extension" / "postgis.control").exists()
        if complete and programs.version >= OLDEST and version in (None, programs.version):
            return programs
    if version is not None:
        raise WrongUse(
            _(
                "The private database was made by PostgreSQL {version}, which this machine no longer has. "
                "Install PostgreSQL {version} with PostGIS again, or set DATABASE_URL to another database.",
                version=version,
            )
        )
    raise WrongUse(
        _(
            "This machine has no PostgreSQL {oldest} or newer with PostGIS. Run “make setup” as someone who may "
            "install packages, set DATABASE_URL to a database that exists, or use “docker compose up”.",
            oldest=OLDEST,
        )
    )


if __name__ == "__main__":
    try:
        print(find_programs().folder)
    except WrongUse as error:
        sys.exit(str(error))
