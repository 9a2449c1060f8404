"""What every door does with what went wrong, so that pages and API tell the same and log the same."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import uuid4

from django.db import DatabaseError

from warmhandoff.core import audit
from warmhandoff.rules.access import Actor
from warmhandoff.rules.refusals import Refusal, Unavailable

log = logging.getLogger("warmhandoff.web")


def audited(actor: Actor | None, refusal: Refusal, *, now: datetime) -> Refusal:
    """Write that `refusal` was given, after its transaction was rolled back; what is to be told then."""
    try:
        audit.record_refusal(actor, refusal, now=now)
    except Unavailable as silent:  # no audit, no answer: not even what the refusal would have told
        log.error("the audit cannot be written: %s", type(silent.__cause__).__name__)
        return silent
    return refusal


def out_of_reach(exception: Exception) -> None:
    """Log that the database did not answer."""
    log.error("database out of reach: %s", type(exception).__name__)


def numbered(exception: Exception) -> str:
    """Log a fault of ours; its number, by which the log is found. The log names lines, and no value of a request."""
    fault = uuid4().hex[:12]
    kind = "database" if isinstance(exception, DatabaseError) else "fault"
    log.error("%s %s in %s", kind, fault, _where(exception))
    return fault


def _where(exception: BaseException) -> str:
    lines, step = [], exception.__traceback__
    while step is not None:
        lines.append(f"{step.tb_frame.f_globals.get('__name__', '?')}:{step.tb_lineno}")
        step = step.tb_next
    return f"{type(exception).__name__} at {' > '.join(lines[-6:])}"
