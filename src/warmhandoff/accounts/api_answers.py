"""The same request of a program twice has one effect: what it was answered is kept by its Idempotency-Key for a day.

As draft-ietf-httpapi-idempotency-key-header-07 has it (security requirement R-51): the same key with the same request
is answered the same; with another request it is refused. A refused request keeps nothing and may be mended.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from warmhandoff.accounts.models import ApiAnswer
from warmhandoff.core import jobs
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import BadInput, NotAllowed, Problem

KEPT_FOR = timedelta(days=1)
LONGEST = 128


def once(
    actor: Actor, key: str, fingerprint: str, do: Callable[[], dict[str, Any]], *, now: datetime
) -> dict[str, Any]:
    """Do it, or answer as it was answered when this key came first. `fingerprint` stands for the whole request.

    Two at once: the second waits for the first by the unique constraint. BadInput for a key of another request.
    """
    if actor.api_client_id is None:
        raise NotAllowed("Keys of requests are for programs.")
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = ApiAnswer.objects.create(
                    api_client_id=actor.api_client_id, key=key, fingerprint=fingerprint, answer={}, created_at=now
                )
        except IntegrityError:
            return _again(actor, key, fingerprint)
        answer = do()
        ApiAnswer.objects.filter(pk=row.pk).update(answer=answer)
    return answer


def _again(actor: Actor, key: str, fingerprint: str) -> dict[str, Any]:
    row = ApiAnswer.objects.get(api_client_id=actor.api_client_id, key=key)
    if row.fingerprint != fingerprint:
        raise BadInput(Problem("was sent with another request already: take a new one", field="Idempotency-Key"))
    answer: dict[str, Any] = row.answer
    return answer


@jobs.every_tick("api_answers", while_closed=True)
def forget(now: datetime) -> None:
    """Answers older than a day are thrown away."""
    ApiAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()
