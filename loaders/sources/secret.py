"""A service's secret, from the environment: shown to the server that it is for, and to no other."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping

import httpx

from catalogue.language import _
from catalogue.layer_file import SourceFile
from catalogue.problems import WrongUse


def secret_value(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The value of an environment variable; raises WrongUse where it is not set."""
    value = environment.get(name, "").strip()
    if not value:
        raise WrongUse(_("The environment variable {name}, which holds a source's secret, is not set.", name=name))
    return value


class Secret:
    """How the questions to a source's own server are signed."""

    def __init__(self, spec: SourceFile) -> None:
        """Read the secret; raises WrongUse where its variable is not set."""
        self._origin = _origin(httpx.URL(str(spec.url)))
        self._headers: dict[str, str] = {}
        self._parameters: dict[str, str] = {}
        if spec.secret is None:
            return
        value = secret_value(spec.secret)
        kind, _colon, name = (spec.secret_as or "bearer").partition(":")
        match kind:
            case "basic":
                self._headers["authorization"] = f"Basic {base64.b64encode(value.encode()).decode()}"
            case "header":
                self._headers[name] = value
            case "parameter":
                self._parameters[name] = value
            case _:
                self._headers["authorization"] = f"Bearer {value}"

    def given_to(self, url: httpx.URL, headers: Mapping[str, str]) -> tuple[httpx.URL, dict[str, str]]:
        """Address and headers of a question: with the secret only where scheme, host and port are the source's."""
        if _origin(url) != self._origin:
            return url, dict(headers)
        return url.copy_merge_params(self._parameters), {**headers, **self._headers}


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)
