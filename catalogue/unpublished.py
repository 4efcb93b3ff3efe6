"""Layers that are described and have no data to read: planned ones, and ones that are withheld."""

from __future__ import annotations

import datetime
from typing import Literal, Self

from catalogue.feature_schema import in_language
from catalogue.field import LanguageText, Strict
from catalogue.language import Message, _
from catalogue.layer_file import AnyLayerFile, AnyPublication
from catalogue.model import DataModel, Standard
from catalogue.publisher import Contact, Publisher


class Unpublished(Strict):
    """One planned or withheld layer, resolved; `ground` is that of a withheld one, `expected` of a planned one."""

    id: str
    uuid: str | None
    publisher: str
    contact: Contact
    area: tuple[float, float, float, float]
    status: Literal["planned", "withheld"]
    ground: LanguageText
    expected: datetime.date | None
    title: LanguageText
    description: LanguageText
    keywords: dict[str, list[str]]
    model: str | None
    standards: list[Standard]
    publish: AnyPublication

    @classmethod
    def resolve(cls, file: AnyLayerFile, model: DataModel | None, publisher: Publisher, *, is_default: bool) -> Self:
        """The description that a layer file gives of a layer whose `status` is planned or withheld."""
        west, south, east, north = publisher.area
        return cls(
            id=file.id if is_default else f"{publisher.id}.{file.id}",
            uuid=file.uuid,
            publisher=publisher.id,
            contact=publisher.contact,
            area=(west, south, east, north),
            status="planned" if file.status == "planned" else "withheld",
            ground=file.ground or {},
            expected=file.expected,
            title=file.title or (model.title if model else {"sv": file.id}),
            description=file.description or (model.description if model else {}),
            keywords=file.keywords or (model.keywords if model else {}),
            model=file.model,
            standards=model.standards if model else [],
            publish=file.publish or AnyPublication(),
        )

    def explanation(self, language: str) -> Message:
        """That there is no data, why or until when, and whom to ask; the layer's own texts are in `language`."""
        title, name, email = in_language(self.title, language), self.contact.name, self.contact.email
        if self.status == "withheld":
            ground = in_language(self.ground, language).strip().rstrip(".")
            return _(
                "“{title}” is withheld: none of its data is here. The ground: {ground}. Ask for it: {name}, {email}.",
                title=title, ground=ground, name=name, email=email,
            )  # fmt: skip
        if self.expected:
            return _(
                "“{title}” is planned and has no data yet; it is expected on {date}. "
                "Tell that you need it: {name}, {email}.",
                title=title, date=self.expected.isoformat(), name=name, email=email,
            )  # fmt: skip
        return _(
            "“{title}” is planned and has no data yet. Tell that you need it: {name}, {email}.",
            title=title, name=name, email=email,
        )  # fmt: skip
