"""One client's complete record, handed to her: what is held, read at one instant, and that it was given."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from warmhandoff.accounts.queries import names_of_members
from warmhandoff.clients.models import Client
from warmhandoff.clients.queries import client_row, visible_clients
from warmhandoff.core import audit, events, holding
from warmhandoff.core.queries import ASKED, GAVE, asked_for_record
from warmhandoff.documents import record_pdf
from warmhandoff.rules import record
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import NotAllowed, NotThere

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the files say nothing of when they were made; the record does


def export_record(actor: Actor, client_id: UUID, *, now: datetime) -> bytes:
    """Everything held about one client, as a ZIP with record.json, record.pdf and the files they name.

    It is written down as a disclosure to the client herself, with how many rows of each part it held. Refuses
    strangers (NotThere) and whoever may not read clinical texts (NotAllowed). 45 CFR 164.524.
    """
    with transaction.atomic():
        row = client_row(actor, client_id)
        if not visible_clients(actor, "see_clinical").filter(pk=row.pk).exists() or actor.side != "referrer":
            raise NotAllowed("A client's whole record is taken out by those who care for her.", subject=client_id)
        content, files = _content(row, now)
        held = {words: len(rows) for words, rows in content["record"].items()}
        _note(row, GAVE, {"held": held, "to": "the client herself"}, actor, now)
        audit.record(actor, "disclose", "record", row.pk, now=now, clients=[row.pk])
    return _packed(content, record_pdf(record.readable(content, zone=row.practice.time_zone)), files)


def _content(row: Client, now: datetime) -> tuple[dict[str, Any], dict[str, bytes]]:
    gathered = holding.gather(row.pk, names_of_members(row.practice_id))
    office = record.Office(row.practice.name, row.practice.phone, row.practice.time_zone)
    accounting = [_line(one) for one in holding.disclosed(row.pk)]
    return record.document(gathered.parts, accounting, office, language=row.language, made_at=now), gathered.files


def _line(one: holding.Disclosure) -> dict[str, Any]:
    return {
        "When": one.at.isoformat(), "Recipient": one.to, "Address": one.address, "What was shared": list(one.what),
        "Purpose": one.purpose, "On what ground": one.ground, "Release": one.release, "required": one.required,
    }


def _packed(content: Mapping[str, Any], pdf: bytes, files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    text = json.dumps(content, ensure_ascii=False, indent=1).encode()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"record.json": text, "record.pdf": pdf, **files}.items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def ask_for_record(actor: Actor, *, now: datetime) -> None:
    """The client asks for a copy of her record; staff see it until she was given one. Asking twice is asking once."""
    if actor.side != "client" or actor.client_id is None:
        raise NotAllowed("The client asks for her record on her own page.")
    with transaction.atomic():
        row = client_row(actor, actor.client_id)
        if row.pk not in asked_for_record([row.pk]):
            _note(row, ASKED, {}, actor, now)
        audit.record(actor, "ask_for_record", "record", row.pk, now=now, clients=[row.pk])


def waiting_for_record(actor: Actor) -> dict[UUID, datetime]:
    """Who asked for a copy of the record and has not got it, of the clients whose record this actor may take out."""
    if not actor.relations_for("see_clinical"):
        return {}
    return asked_for_record(list(visible_clients(actor, "see_clinical").values_list("pk", flat=True)))


def has_asked(actor: Actor) -> bool:
    """Whether the client behind this session waits for a copy of her record."""
    if actor.client_id is None:
        raise NotThere
    return bool(asked_for_record([actor.client_id]))


def _note(row: Client, verb: str, facts: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    subject = events.Subject("client", row.pk, row.practice_id, row.pk)
    change = events.Change(verb, events.next_number(row.pk), facts=dict(facts))
    events.record(subject, change, actor=actor, now=now)
