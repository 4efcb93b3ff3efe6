"""What went wrong, as an HTTP status and an OGC exception (OGC API Common Part 1, 8.7; Features Part 1, 7.5)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from http import HTTPStatus

from catalogue.language import Message, _
from catalogue.query.parameters import BadParameter
from catalogue.query.reader import DatabaseAway, ReadingError, ReleaseGone, StateChanged, TooSlow, UnknownRelease

LOGGER = logging.getLogger(__name__)


@dataclass
class ApiError(Exception):
    """An answer that is an error: its status, its OGC code, its sentence, and headers."""

    status: HTTPStatus
    code: str
    message: Message
    headers: dict[str, str] = field(default_factory=dict)
    #: The parameter that is to blame.
    parameter: str | None = None

    def __str__(self) -> str:
        """The sentence."""
        return str(self.message)


_READING: dict[type[ReadingError], tuple[HTTPStatus, str, dict[str, str]]] = {
    ReleaseGone: (HTTPStatus.GONE, "Gone", {}),
    UnknownRelease: (HTTPStatus.NOT_FOUND, "NotFound", {}),
    StateChanged: (HTTPStatus.SERVICE_UNAVAILABLE, "ServerBusy", {"Retry-After": "1"}),
    TooSlow: (HTTPStatus.SERVICE_UNAVAILABLE, "ServerBusy", {"Retry-After": "60"}),
    DatabaseAway: (HTTPStatus.SERVICE_UNAVAILABLE, "ServerBusy", {"Retry-After": "2"}),
}


def api_error(error: Exception, trouble: Message | None = None) -> ApiError:
    """Any exception as an answer; what nobody foresaw is logged with its traceback, and shown without it.

    `trouble`: what is wrong with the database. What does not settle has that reason then, and says so.
    """
    if isinstance(error, StateChanged) and trouble:
        error = DatabaseAway(trouble)
    if isinstance(error, ApiError):
        return error
    if isinstance(error, BadParameter):
        message = _("Parameter “{name}”: {message}", name=error.name, message=error.message)
        return ApiError(HTTPStatus.BAD_REQUEST, "InvalidParameterValue", message, parameter=error.name)
    if isinstance(error, ReadingError):
        status, code, headers = _READING[type(error)]
        return ApiError(status, code, error.message, dict(headers))
    LOGGER.error("A request failed", exc_info=error)
    return ApiError(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "NoApplicableCode",
        _("The server made a mistake. It is logged, and will be looked at."),
    )


def no_feature(identifier: str) -> ApiError:
    """There is no feature of that identity."""
    return not_found(_("There is no feature “{id}” here.", id=identifier[:200]))


def not_found(message: Message) -> ApiError:
    """There is nothing of that name."""
    return ApiError(HTTPStatus.NOT_FOUND, "NotFound", message)
