"""Connections to PostGIS: the loader's (owner) and the server's (may only read what is published)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from catalogue.database.schemas import READER_ROLE
from catalogue.database.schemas import SERVER_ROLE as SERVER_ROLE
from catalogue.language import _
from catalogue.problems import WrongUse

#: Where PostgreSQL tells servers that the catalogue has changed.
CHANNEL = "kartlagd"
#: What every session of ours relies on: times in UTC, shortest exact floats, no local formats.
_SESSION = {"TimeZone": "UTC", "extra_float_digits": "1", "DateStyle": "ISO, YMD", "search_path": "public"}

#: A database whose machine vanished is noticed within half a minute, also by a request that waits for it.
_LOST_HOST = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}


def redact(url: str) -> str:
    """The URL without its password, fit for a message or a log."""
    return re.sub(r"(?<=://)([^:/@]*):[^@]*@", r"\1:***@", re.sub(r"(password=)[^&\s]*", r"\1***", url))


def database_url(environment: Mapping[str, str] = os.environ) -> str:
    """`DATABASE_URL`: the owner's connection. Raises WrongUse where it is not set."""
    url = environment.get("DATABASE_URL", "")
    if not url:
        raise WrongUse(
            _("No database is known. Run “kartlagd db start”, or set DATABASE_URL to a PostgreSQL with PostGIS.")
        )
    return url


def sqlalchemy_url(url: str) -> URL:
    """A `postgresql://…` address as SQLAlchemy wants it, with psycopg 3 as its driver."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise WrongUse(_("DATABASE_URL is no address such as postgresql://user@host/database.")) from error
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise WrongUse(_("DATABASE_URL must begin with postgresql://, not {name}://.", name=parsed.drivername))
    return parsed.set(drivername="postgresql+psycopg")


def _options(settings: Mapping[str, str]) -> str:
    return " ".join("-c {}={}".format(name, value.replace(" ", r"\ ")) for name, value in settings.items())


def loader_engine(url: str) -> Engine:
    """An engine of the owner: loads, migrates and publishes."""
    return create_engine(
        sqlalchemy_url(url),
        pool_pre_ping=True,
        connect_args={"options": _options(_SESSION | {"application_name": "kartlagd-loader"}), "connect_timeout": 10},
    )


def server_settings(*, own_login: bool, statement_seconds: float) -> dict[str, str]:
    """Settings of a session that may only read what is published.

    `own_login`: the session's account is the server's own; otherwise the owner's session becomes the server's role at
    connection time, before any statement.
    """
    settings = _SESSION | {
        "application_name": "kartlagd-server",
        "default_transaction_read_only": "on",
        "statement_timeout": f"{int(statement_seconds * 1000)}",
        # Compiling costs more than the short statements of a server gain by it.
        "jit": "off",
    }
    return settings if own_login else settings | {"role": READER_ROLE}


def server_engine(
    url: str,
    *,
    own_login: bool,
    statement_seconds: float,
    pool_size: int = 10,
    pool_seconds: float = 10,
    primary: bool = False,
) -> Engine:
    """An engine whose sessions have `server_settings`; `own_login`: the URL is `SERVER_DATABASE_URL`.

    `primary`: of the hosts in the URL the one that can be written to.
    """
    settings = server_settings(own_login=own_login, statement_seconds=statement_seconds)
    address = sqlalchemy_url(url)
    return create_engine(
        address.update_query_dict({"target_session_attrs": "primary"}) if primary else address,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_seconds,
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",
        connect_args={"options": _options(settings), "connect_timeout": 5, **_LOST_HOST},
    )
