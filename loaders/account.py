"""Who runs this command: the account of the operating system, as far as that can be known.

Names that people write themselves count for nothing. In this order: the account that logged in, as the kernel keeps it
through every `sudo` and `su` (/proc/self/loginuid); the account that the process runs as; for root, the account that
`sudo` was called by.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from catalogue.language import Message, _

_LOGIN = Path("/proc/self/loginuid")
#: What the kernel writes where nobody has logged in: services, containers.
_NOBODY_YET = 2**32 - 1
#: Accounts below belong to the system (Debian Policy, 9.2.2), and so does `nobody`.
_FIRST_PERSON, _NOBODY = 1000, 65534


@dataclass(frozen=True)
class Account:
    """An account by its name; `uid` is its number."""

    name: str
    uid: int

    def no_person(self, shared: Collection[str]) -> Message | None:
        """Why it does not tell one person from another; None where it does. `shared`: accounts that several use."""
        if self.uid == 0:
            return _("“{name}” is the administrator's account: whoever uses it is not known.", name=self.name)
        if self.uid < _FIRST_PERSON or self.uid == _NOBODY:
            return _("“{name}” is an account of the system, not of a person.", name=self.name)
        if self.name in shared:
            return _("“{name}” is a shared account (shared_accounts in config/server.yml).", name=self.name)
        return None


def account(environment: Mapping[str, str] = os.environ, login: Path = _LOGIN) -> Account:
    """The account of this process."""
    uid = _logged_in(login)
    if uid is None:
        uid = os.getuid()
        if uid == 0 and environment.get("SUDO_UID", "").isdigit():
            # Only root can have got these from anywhere but sudo, and root can do everything anyway.
            uid = int(environment["SUDO_UID"])
    return Account(_name(uid), uid)


def _logged_in(login: Path) -> int | None:
    try:
        uid = int(login.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return None if uid == _NOBODY_YET else uid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        # In containers an account may have no name.
        return f"uid {uid}"
