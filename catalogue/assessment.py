"""Assessments: who looked at what before a layer was opened, what they found, and until when that holds."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, model_validator
from pydantic import Field as Setting

from catalogue.field import LanguageText, Strict, Title
from catalogue.language import LANGUAGES, Message, _
from catalogue.personal import Covers, SampleRead
from catalogue.problems import Mistake

#: `none`: there is nothing of the kind. `removed`: there was, and it is not published. `permitted`: there is, and it
#: may be published. `own`: the works are the publisher's own.
Outcome = Literal["none", "removed", "permitted", "own"]
#: Outcomes that say nothing without their ground.
_NEED_GROUND = ("removed", "permitted")

Part = Literal["personal_data", "secrecy", "security", "rights"]
PARTS: dict[Part, Message] = {
    "personal_data": _("personal data"),
    "secrecy": _("secrecy"),
    "security": _("security-sensitive objects"),
    "rights": _("rights"),
}

#: What `kartlagd new` writes where a person must decide.
DECIDE = _("DECIDE")
#: Outdated assessments are told of this long before: a decision takes weeks.
WARNING_DAYS = 30


def is_placeholder(text: object) -> bool:
    """Whether nobody has written anything in place of what `kartlagd new` wrote, in whatever language."""
    words = {DECIDE.render(language) for language in LANGUAGES}
    return isinstance(text, str) and text.strip().strip("<>[]?.").upper() in words


def _not_blank(text: str) -> str:
    if not text.strip():
        raise Mistake(_("The text is empty."))
    return text


Said = Annotated[str, Setting(min_length=1), AfterValidator(_not_blank)]


class AssessmentPart(Strict):
    """Who looked at one question before the layer was opened, and what they found."""

    outcome: Outcome = Setting(
        description="none; removed (there was some, it is not published); permitted (it may be published); for rights "
        "also own (the publisher's own works).",
        examples=["none"],
    )
    ground: Title | None = Setting(
        default=None,
        description="Why so, by language; needed with removed and permitted.",
        examples=["Kontakterna gäller föreningar"],
    )
    by: Said = Setting(description="The function that decided.", examples=["GIS-enheten"])
    case: Said = Setting(description="Case number in the registry.", examples=["KS 2026/114"])
    date: datetime.date = Setting(description="Day of the decision.", examples=[datetime.date(2026, 10, 1)])
    valid_until: datetime.date | None = Setting(
        default=None,
        description="The last day on which it holds; afterwards no release is made before someone has looked again.",
        examples=[datetime.date(2028, 9, 30)],
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.outcome in _NEED_GROUND and self.ground is None:
            message = _("“{outcome}” needs its ground.", outcome=self.outcome)
            raise Mistake(message, _("For example: {example}", example="ground: Kontakterna gäller föreningar"))
        if self.valid_until and self.valid_until < self.date:
            raise Mistake(_("“valid_until” lies before “date”."), _("Change one of the two."))
        return self

    def days_left(self, today: datetime.date) -> int | None:
        """Days for which it still holds after `today`: 0 on its last day, negative afterwards; None without an end."""
        return (self.valid_until - today).days if self.valid_until else None


class PersonalDataPart(AssessmentPart):
    """Who looked for personal data, what may be published all the same, and the sample of free text that was read."""

    covers: Covers = Setting(
        default={},
        description="What may be published although it is personal data: field (or id, geometry) and kinds.",
        examples=[{"contact_phone": ["phone"]}],
    )
    sample: SampleRead | None = Setting(
        default=None, description="The random sample that a person has read; needed where a field is free text."
    )


EXAMPLE = {"outcome": "none", "by": "GIS-enheten", "case": "KS 2026/114", "date": datetime.date(2026, 10, 1)}
#: All four parts as a layer file has them.
WHOLE_EXAMPLE = {part: EXAMPLE for part in get_args(Part)} | {"rights": {**EXAMPLE, "outcome": "own"}}


class Assessment(Strict):
    """The legal look before publication, in four parts."""

    personal_data: PersonalDataPart = Setting(description="Personal data (GDPR).", examples=[EXAMPLE])
    secrecy: AssessmentPart = Setting(description="Secrecy (offentlighets- och sekretesslagen).", examples=[EXAMPLE])
    security: AssessmentPart = Setting(
        description="Security-sensitive objects (säkerhetsskyddslagen, skyddslagen), the layer beside others included.",
        examples=[EXAMPLE],
    )
    rights: AssessmentPart = Setting(description="Copyright and the rights of third parties.", examples=[EXAMPLE])

    @model_validator(mode="after")
    def _own_rights(self) -> Self:
        for name, part in self.parts.items():
            if part.outcome == "own" and name != "rights":
                message = _("“own” is an outcome of rights, not of {part}.", part=PARTS[name])
                raise Mistake(message, _("Possible here: {values}.", values="none, removed, permitted"))
        return self

    @property
    def parts(self) -> dict[Part, AssessmentPart]:
        """The four parts by name, in the order in which they are read."""
        return {
            "personal_data": self.personal_data, "secrecy": self.secrecy, "security": self.security,
            "rights": self.rights,
        }  # fmt: skip


class AssessmentDraft(Strict):
    """What to think of in each part, for data of this kind: `kartlagd new --model` writes it beside what to decide."""

    personal_data: LanguageText = Setting(default={}, description="Personal data, by language.")
    secrecy: LanguageText = Setting(default={}, description="Secrecy, by language.")
    security: LanguageText = Setting(default={}, description="Security-sensitive objects, by language.")
    rights: LanguageText = Setting(default={}, description="Copyright and third parties, by language.")


@dataclass(frozen=True)
class Concern:
    """Something that an assessment lacks: the keys that lead to it, what is wrong, the remedy.

    `blocks`: no release is made before it is mended.
    """

    key: tuple[str, ...]
    message: Message
    remedy: Message
    blocks: bool


def concerns(assessment: Assessment, today: datetime.date) -> Iterator[Concern]:
    """Parts that wait for a person, are outdated, or will be within `WARNING_DAYS`; keys from the file's root."""
    for name, part in assessment.parts.items():
        key = ("assessment", name)
        waiting = [word for word in ("by", "case") if is_placeholder(getattr(part, word))]
        if waiting:
            message = _("Nobody has decided this yet ({keys}).", keys=", ".join(waiting))
            yield Concern(key, message, _("Write the outcome, the function that decided and the case number."), True)
        left = part.days_left(today)
        if left is not None and left <= WARNING_DAYS:
            yield _ending(name, part, left)
    personal = assessment.personal_data
    if personal.covers and personal.outcome != "permitted":
        message = _("There is personal data that may be published (covers), but the outcome is “{outcome}”.",
                    outcome=personal.outcome)  # fmt: skip
        remedy = _("Write outcome: permitted, and the ground.")
        yield Concern(("assessment", "personal_data", "outcome"), message, remedy, False)
    sample = personal.sample
    if sample and is_placeholder(sample.by):
        message = _("It does not say who has read the sample.")
        yield Concern(("assessment", "personal_data", "sample", "by"), message, _("Write the function."), True)


def _ending(name: Part, part: AssessmentPart, left: int) -> Concern:
    key = ("assessment", name, "valid_until")
    remedy = _("Let {by} look again, then write the new date and valid_until.", by=part.by)
    day = part.valid_until.isoformat() if part.valid_until else ""
    if left < 0:
        message = _("The assessment of {part} held until {day}.", part=PARTS[name], day=day)
        return Concern(key, message, remedy, blocks=True)
    message = _("The assessment of {part} holds until {day}, {days} more days.", part=PARTS[name], day=day, days=left)
    return Concern(key, message, remedy, blocks=False)
