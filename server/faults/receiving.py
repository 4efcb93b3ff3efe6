"""A report that was sent: checked, kept, and answered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from catalogue.faults.keeping import Keeper
from catalogue.faults.report import Draft
from catalogue.language import Message, _
from catalogue.query.reader import Reader
from server.errors import ApiError
from server.faults.answers import Answers
from server.faults.checked import Checked, checked
from server.faults.document import Named, find
from server.faults.token import LATEST, SOONEST, age, new_token


def receive(
    answers: Answers, reader: Reader, keeper: Keeper, sender: str, sent: Mapping[str, str], *, is_form: bool
) -> Response:
    """Keep a report from a network address. Raises ApiError where even a form cannot say what is wrong."""
    found = checked(sent, answers.release)
    about = None
    if identifier := found.values["feature"]:
        shown = answers.release.number if "release" in found.errors else found.release
        about = find(answers.served, reader, answers.wants, answers.layer, identifier, shown)
    if is_form:
        return _from_form(answers, keeper, sender, sent, found, about)
    if found.errors:
        return answers.wrong(found.errors)
    return _keep(answers, keeper, sender, found)


def _from_form(
    answers: Answers, keeper: Keeper, sender: str, sent: Mapping[str, str], found: Checked, about: Named | None
) -> Response:
    """The same for a page: whatever is wrong, what was written is still there."""
    mark = ""
    try:
        with answers.keeping():
            keys = keeper.keys()
        mark = new_token(keys[0], answers.layer)
        seconds = age(sent.get("token", ""), keys, answers.layer, time.time())
        if seconds is not None and seconds <= LATEST:
            # The form is as old as it was: what is sent again need not wait again.
            mark = sent["token"]
        if found.errors:
            return answers.form(mark, found.values, about, found.errors)
        if doubt := _doubt(seconds, sent):
            raise ApiError(HTTPStatus.BAD_REQUEST, "InvalidParameterValue", doubt)
        return _keep(answers, keeper, sender, found)
    except ApiError as error:
        return answers.form(mark, found.values, about, found.errors, error)


def _doubt(seconds: float | None, sent: Mapping[str, str]) -> Message | None:
    """Why this may be no person's doing; None where it seems to be."""
    if sent.get("website"):
        return _("A field was filled in that people do not see. If you are a person, send the report again.")
    if seconds is None or seconds > LATEST:
        return _("The form was open for more than a day, or is not from here. Look it through, and send it again.")
    if seconds < SOONEST:
        return _("That was quicker than anyone can write. Send the report again in a moment.")
    return None


def _keep(answers: Answers, keeper: Keeper, sender: str, found: Checked) -> Response:
    values = found.values
    draft = Draft(
        answers.layer, values["feature"] or None, found.release, values["kind"], values["field"] or None,
        values["text"], values["email"] or None, answers.wants.language,
    )  # fmt: skip
    with answers.keeping():
        kept = keeper.keep(draft, sender, answers.served.home.settings.faults.limits)
    if kept.number is None:
        raise answers.too_many(kept)
    return answers.kept(kept.number, values["feature"])
