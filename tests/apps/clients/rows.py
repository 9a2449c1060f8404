"""A row about a client of every model that her record holds, where the steps of a loop leave none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models

from tests.cast import NOW, Cast
from warmhandoff.accounts.models import Membership, Practice
from warmhandoff.clients.models import Client
from warmhandoff.core import holding
from warmhandoff.core.fields import SealedBytes, SealedField, SealedJSON
from warmhandoff.directory.models import Listing
from warmhandoff.referrals.models import Referral

# Where a column's type alone does not say what may stand there.
STORED: dict[tuple[str, str], Any] = {
    ("News", "kind"): "thanks",
    ("MinorConsent", "consented"): "representative", ("MinorConsent", "viewers"): ["minor", "representative"],
    ("CrisisNote", "follow_up_due_at"): NOW + timedelta(days=1), ("CrisisNote", "basis"): "threat",
    ("PlanItem", "help"): "therapist", ("PlanItem", "reason"): "outside_competence",
    ("PlanStep", "what"): "bring_back", ("TherapyCondition", "decision"): "waiting",
    ("StayAnswer", "alternative"): "reduced_fee", ("Asked", "way"): "phone", ("TalkPlan", "language"): "en",
}  # fmt: skip
TOLD = "some words"  # in every sealed text: of a crisis, also whom one told
SEALED = {"parts": {"warning_signs": "no sleep"}, "harms": {}, "checked": {"k": 5}}


def a_row_of_each(cast: Cast) -> None:
    """One row of every part of the client's record that has none yet, and of what that row hangs on."""
    for part in holding.parts():
        if not list(part.rows(cast.client.pk)):
            _made(part.model, cast)


def _made(model: type[models.Model], cast: Cast) -> models.Model:
    row = model(**{field.attname: _value(field, cast) for field in model._meta.concrete_fields if _wanted(field)})
    row.save()
    return row


def _wanted(field: Any) -> bool:
    if field.primary_key or field.name == "amends":
        return False
    about_her = field.name in ("client_id", "referral_id", "client", "referral")
    return about_her or isinstance(field, SealedField) or (field.model.__name__, field.name) in STORED or not (
        field.null or field.has_default()
    )


def _value(field: Any, cast: Cast) -> Any:
    if field.is_relation:
        return _related(field.related_model, cast).pk
    stored = STORED.get((field.model.__name__, field.name))
    if stored is not None:
        return stored
    if isinstance(field, SealedField):
        sealed = {SealedJSON: SEALED.get(field.name, {}), SealedBytes: b"%PDF-"}
        return sealed.get(type(field), TOLD)
    return _plain(field, cast)


def _plain(field: Any, cast: Cast) -> str | int | date | datetime | UUID | dict[str, Any]:
    if isinstance(field, models.UUIDField):
        return cast.client.pk if field.name == "client_id" else _related(Referral, cast).pk
    if isinstance(field, models.DateTimeField):
        return NOW
    if isinstance(field, models.DateField):
        return NOW.date()
    if isinstance(field, models.JSONField):
        return {}
    if isinstance(field, models.IntegerField):
        return 1
    return "" if field.blank else "x"


def _related(model: type[models.Model], cast: Cast) -> Any:
    """The row it hangs on: the practice, the clinician, any listing, or what is held about this client."""
    given = {Practice: cast.practice, Client: cast.client, Membership: cast.members["clinician"]}
    if model in given:
        return given[model]
    if model is Listing:
        return Listing.objects.order_by("pk").first()
    part = next((one for one in holding.parts() if one.model is model), None)
    known = part.rows(cast.client.pk) if part else model._default_manager.all()
    return next(iter(known), None) or _made(model, cast)
