"""Asking servers on the web within limits: tried again, not led inward, secrets shown to nobody else (RFC 9110)."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import certifi
import httpx

from catalogue.language import Message, _
from catalogue.layer_file import SourceFile
from catalogue.problems import Refused, WrongUse
from loaders.sources.addresses import check_step, is_public, redirect_target, shown
from loaders.sources.limits import LIMITS, Limits
from loaders.sources.secret import Secret

# Its log would hold whole addresses, and with them secrets that are parameters.
logging.getLogger("httpx").setLevel(logging.WARNING)

_AGAIN = {408, 425, 429, *range(500, 600)}
_REDIRECTS = {301, 302, 303, 307, 308}
#: Bytes of a refusal that are looked at.
_EXCERPT = 4096
_AGENT = "Kartlagd (open-data loader)"


@dataclass(frozen=True)
class Answer:
    """A server's answer; `body` is empty where it was written to a file."""

    status: int
    headers: httpx.Headers
    url: httpx.URL
    body: bytes = b""

    @property
    def counted(self) -> bool:
        """Whether the protocol tells a whole answer from one that was cut off."""
        return "content-length" in self.headers or "chunked" in self.headers.get("transfer-encoding", "")


class WrongStatus(WrongUse):
    """A status that no further try changes."""

    def __init__(self, message: Message, status: int) -> None:
        """Keep the status (RFC 9110, section 15) beside the message."""
        super().__init__(message)
        self.status = status


class Client:
    """Asks the servers of one source. Not for several threads at once; use it in a `with` block.

    Raises Refused where a server fails, is too slow or sends too much, WrongUse where it says that the question or the
    secret is wrong.
    """

    def __init__(self, spec: SourceFile, limits: Limits = LIMITS) -> None:
        """Nothing is asked yet; raises WrongUse where the secret's variable is not set."""
        assert spec.url is not None
        self.limits = limits
        self.failures = 0
        self._spec = spec
        self._secret = Secret(spec)
        self._bytes = limits.bytes
        self._public: bool | None = None
        self._answered = False
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        """Start the clock."""
        trust = ssl.create_default_context()
        # The machine's own authorities (a municipality has some) and those of the browsers, where it has none.
        trust.load_verify_locations(certifi.where())
        timeout = httpx.Timeout(self.limits.silence, connect=min(20, self.limits.silence))
        self._own = httpx.URL(str(self._spec.url))
        self._http = httpx.AsyncClient(verify=trust, timeout=timeout, headers={"user-agent": _AGENT})
        self._deadline = self._runner.get_loop().time() + self.limits.seconds
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self._runner.run(self._http.aclose())
        self._runner.close()

    def get(
        self, url: str, parameters: Mapping[str, str] | None = None, *, form: Mapping[str, str] | None = None,
        accept: str = "*/*", failing: Callable[[Answer], Message | None] = lambda answer: None,
    ) -> Answer:  # fmt: skip
        """An answer in memory; with `form` the question is a POST. `parameters` come on top of those in the address.

        `failing` finds in an answer why it is none, although its status says otherwise; then it is asked again.
        """
        asked = httpx.URL(url).copy_merge_params(dict(parameters or {}))
        question = _Question(asked, {"accept": accept}, dict(form) if form else None, failing=failing)
        return self._runner.run(self._ask(question))

    def save(
        self,
        url: str,
        path: Path,
        headers: Mapping[str, str] | None = None,
        *,
        failing: Callable[[Answer], Message | None] = lambda answer: None,
    ) -> Answer:
        """Write an answer to a file; nothing is written for 304 (not modified)."""
        question = _Question(httpx.URL(url), {"accept": "*/*", **(headers or {})}, None, path, failing)
        return self._runner.run(self._ask(question))

    async def _ask(self, question: _Question) -> Answer:
        # An address may come from a server: a link to the next page leads no further than a redirect may.
        check_step(self._own, question.url)
        failed, waits = 0, self.limits.waits()
        while True:
            try:
                async with asyncio.timeout_at(self._deadline):
                    answer = await self._follow(question)
                self._answered = True
                return answer
            except TimeoutError:
                raise self._too_long(question) from None
            except _Failure as failure:
                failed += 1
                self.failures += 1
                lonely = failure.unreachable and not self._answered
                if failed >= (self.limits.unreachable_tries if lonely else self.limits.tries):
                    raise Refused(
                        _(
                            "{place} failed {count} times: {reason}. Nothing was published.",
                            place=shown(question.url),
                            count=failed,
                            reason=failure.reason,
                        )  # fmt: skip
                    ) from failure
                wait = max(next(waits), min(failure.wait, self.limits.asked_wait))
            if self._runner.get_loop().time() + wait > self._deadline:
                raise self._too_long(question)
            await asyncio.sleep(wait)

    async def _follow(self, question: _Question) -> Answer:
        url, form = question.url, question.form
        for _hop in range(self.limits.redirects + 1):
            answer = await self._once(question, url, form)
            if answer.status not in _REDIRECTS:
                return answer
            url = redirect_target(url, answer.headers["location"])
            form = None if answer.status == 303 else form
        raise Refused(
            _("{place} redirects more than {count} times.", place=shown(question.url), count=self.limits.redirects)
        )

    async def _once(self, question: _Question, url: httpx.URL, form: dict[str, str] | None) -> Answer:
        url, headers = self._secret.given_to(url, question.headers)
        request = self._http.build_request(
            "GET" if form is None else "POST", url, headers=headers, data=form, extensions={"trace": self._trace}
        )
        try:
            async with asyncio.timeout(self.limits.silence):
                response = await self._http.send(request, stream=True)
            try:
                return await self._received(response, question)
            finally:
                await response.aclose()
        except httpx.InvalidURL as error:
            # httpx looks at where a redirect leads although nobody told it to follow.
            raise Refused(_("{place} redirects to what is no address.", place=shown(url))) from error
        except httpx.ConnectError as error:
            if untrusted := _untrusted(error):
                raise WrongUse(
                    _(
                        "{place}: its certificate is not trusted ({reason}). Install its authority on this machine, or "
                        "name a file with it in SSL_CERT_FILE.",
                        place=shown(url),
                        reason=untrusted,
                    )  # fmt: skip
                ) from error
            raise _Failure(_("nobody answers there ({reason})", reason=_reason(error)), unreachable=True) from error
        except TimeoutError as error:
            raise _Failure(_("no answer within {seconds} seconds", seconds=round(self.limits.silence))) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _Failure(_("the connection broke ({reason})", reason=_reason(error))) from error

    async def _received(self, response: httpx.Response, question: _Question) -> Answer:
        status, headers, url = response.status_code, response.headers, response.url
        if status in _AGAIN:
            raise _Failure(_("it answers with status {status}", status=status), wait=_asked_wait(headers))
        conditional = any(name.startswith("if-") for name in question.headers)
        if (status in _REDIRECTS and "location" in headers) or (status == 304 and conditional):
            return Answer(status, headers, url)
        if status in (401, 403):
            remedy = (
                _("Check the secret in {name}.", name=self._spec.secret) if self._spec.secret
                else _("Put a key into an environment variable and write its name: secret: NAME.")
            )  # fmt: skip
            raise WrongUse(
                _("{place} refuses access (status {status}). {remedy}", place=shown(url), status=status, remedy=remedy)
            )
        if status != 200:
            said = await _excerpt(response)
            text = _("{place} answers with status {status}. Check the address.", place=shown(url), status=status)
            if said:
                text = _("{place} answers with status {status}: {text}", place=shown(url), status=status, text=said)
            raise WrongStatus(text, status)
        if question.path is None:
            kept = bytearray()
            await self._read(response, kept.extend, min(self._bytes, self.limits.answer_bytes))
            answer = Answer(status, headers, url, bytes(kept))
        else:
            with question.path.open("wb") as file:
                await self._read(response, _writer(file), self._bytes)
            answer = Answer(status, headers, url)
        if (reason := question.failing(answer)) is not None:
            raise _Failure(reason)
        return answer

    async def _read(self, response: httpx.Response, keep: Any, most: int) -> None:
        """Hand on the body, and refuse it as soon as it is too large or too slow."""
        loop = self._runner.get_loop()
        started, total = loop.time(), 0
        place = shown(response.url)
        promised = response.headers.get("content-length", "")
        if promised.isdecimal() and int(promised) > most:
            raise self._too_large(place, most)
        async for chunk in response.aiter_bytes():
            total += len(chunk)
            if total > most:
                raise self._too_large(place, most)
            seconds = loop.time() - started
            if seconds > self.limits.patience and total < seconds * self.limits.slowest:
                raise Refused(
                    _(
                        "{place} sends too slowly: {bytes} bytes in {seconds} seconds. Nothing was published.",
                        place=place,
                        bytes=total,
                        seconds=round(seconds),
                    )  # fmt: skip
                )
            keep(chunk)
        self._bytes -= total

    def _too_large(self, place: str, most: int) -> Refused:
        return Refused(
            _("{place} sends more than {size} MB, which is the most that is taken.", place=place, size=most >> 20)
        )

    def _too_long(self, question: _Question) -> Refused:
        return Refused(
            _(
                "{place} did not answer whole within {seconds} seconds. Nothing was published.",
                place=shown(question.url),
                seconds=round(self.limits.seconds),
            )  # fmt: skip
        )

    async def _trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Look at whom a connection leads to, before anything is sent there: a name can lead anywhere, at any time."""
        if event != "connection.connect_tcp.complete" or self._spec.inward:
            return
        stream = details["return_value"]
        public = is_public(stream.get_extra_info("server_addr")[0])
        if self._public is None:
            self._public = public
        elif self._public and not public:
            await stream.aclose()
            raise Refused(
                _(
                    "{place} leads to an address inside the own network. If that is right, write under source: "
                    "inward: true.",
                    place=shown(httpx.URL(str(self._spec.url))),
                )
            )


@dataclass(frozen=True)
class _Question:
    url: httpx.URL
    headers: dict[str, str]
    form: dict[str, str] | None
    path: Path | None = None
    failing: Callable[[Answer], Message | None] = lambda answer: None


class _Failure(Exception):
    """What may go better next time; `wait` is what the server asks for, in seconds."""

    def __init__(self, reason: Message, *, unreachable: bool = False, wait: float = 0) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.unreachable = unreachable
        self.wait = wait


async def _excerpt(response: httpx.Response) -> str:
    """What a server says is wrong, as plain text in one line; a page made for browsers says nothing."""
    if "html" in response.headers.get("content-type", ""):
        return ""
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _EXCERPT:
            break
    text = re.sub(r"<[^>]*>", " ", body[:_EXCERPT].decode("utf-8", "replace"))
    return " ".join("".join(sign if sign.isprintable() else " " for sign in unescape(text)).split())[:300]


def _writer(file: BinaryIO) -> Any:
    return file.write


def _asked_wait(headers: httpx.Headers) -> float:
    asked = headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else 0


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _untrusted(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""
