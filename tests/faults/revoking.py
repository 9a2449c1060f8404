"""What each process of the race between sending and taking back runs.

python -m tests.faults.revoking prepare      makes one client with a packet that can be sent; prints the ids as JSON
python -m tests.faults.revoking round IDS    for each line: a fresh release, and a delivery on it that waits to leave
python -m tests.faults.revoking send IDS     reads rounds as JSON lines, hands each over, and says when it was done
python -m tests.faults.revoking revoke IDS   reads rounds as JSON lines, takes each back, and says when it answered

Times are of the machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from warmhandoff.cli.environment import start_django


def _prepare() -> dict[str, str]:
    from tests.cast import make_cast
    from tests.flows import walk as way

    cast = make_cast()
    walk = way.sent(cast)
    return {"referral": str(walk.referral_id), "member": str(cast.clinician.pk), "release": str(walk.release_id),
            "delivery": str(walk.delivery.pk), "now": walk.now.isoformat()}  # fmt: skip


def _fresh(ids: dict[str, str], order: dict[str, Any]) -> dict[str, str]:
    """A release of its own, signed, and a delivery on it that waits to leave: every other release is over."""
    from warmhandoff.clients.models import Release, ReleaseRecipient, ReleaseSigner
    from warmhandoff.core.links import new_code, new_token, token_hash
    from warmhandoff.referrals.models import Delivery, Referral

    old = Delivery.objects.select_related("release").get(pk=ids["delivery"])
    now = datetime.fromisoformat(ids["now"])
    Release.objects.filter(client_id=old.release.client_id, revoked_at=None).update(revoked_at=now)
    Delivery.objects.filter(referral_id=old.referral_id).update(state="failed", token_hash=None, code=None)
    kept = old.release
    release = Release(
        practice_id=kept.practice_id, client_id=kept.client_id, referral_id=kept.referral_id, classes=kept.classes,
        purpose=kept.purpose, expires_on=kept.expires_on, language=kept.language, text="text", text_hash="0" * 64,
        statements=kept.statements, drafted_at=now, signed_at=now, signed_how="paper",
    )
    release.save()
    for signer in kept.signers.all():
        ReleaseSigner.objects.create(
            practice_id=kept.practice_id, release=release, order=signer.order, kind=signer.kind,
            name=signer.name.reveal(), client_age=signer.client_age, signed_at=now, signed_how="paper",
        )
    ReleaseRecipient.objects.create(release=release, listing_id=old.listing_id, name="someone")
    token, code = new_token(), new_code()
    delivery = Delivery(
        practice_id=old.practice_id, referral_id=old.referral_id, packet_id=old.packet_id, listing_id=old.listing_id,
        release=release, way="link", to="to@recipient.example", queued_at=now, state="queued",
        token_hash=token_hash("reply", token), token=token, code=code, expires_at=old.expires_at,
    )
    delivery.save()
    Referral.objects.filter(pk=old.referral_id).update(
        state="queued", waiting_on="recipient", next_step="x", due_at=now, outcome="", closed_at=None
    )
    return {"release": str(release.pk), "delivery": str(delivery.pk), "token": token, "code": code, "key": str(uuid4())}


def _send(ids: dict[str, str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    from warmhandoff.core import outbox
    from warmhandoff.referrals import sending

    now, real = datetime.fromisoformat(ids["now"]), outbox.hand_over
    handed: list[int] = []
    pause = [0.0]

    def watched(message: Any) -> None:
        time.sleep(pause[0])
        real(message)
        handed.append(time.monotonic_ns())

    outbox.hand_over = watched  # type: ignore[assignment]

    def one(order: dict[str, Any]) -> dict[str, Any]:
        handed.clear()
        pause[0] = order.get("pause", 0.0)
        time.sleep(order.get("send_after", 0.0))
        sending.deliver({"delivery": order["delivery"]}, now)
        return {"handed": handed[0] if handed else None}

    return one


def _revoke(ids: dict[str, str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    from warmhandoff.accounts.models import Membership
    from warmhandoff.accounts.queries import actor_of_membership
    from warmhandoff.referrals import answering, sending
    from warmhandoff.rules.refusals import NotThere

    now, referral = datetime.fromisoformat(ids["now"]), UUID(ids["referral"])
    staff = actor_of_membership(Membership.objects.get(pk=ids["member"]))

    def one(order: dict[str, Any]) -> dict[str, Any]:
        time.sleep(order.get("revoke_after", 0.0))
        began = time.monotonic_ns()
        sending.revoke(staff, referral, UUID(order["release"]), now=now)
        answered = time.monotonic_ns()
        try:
            answering.open_with_code(order["token"], order["code"], now=now)
        except NotThere:
            return {"began": began, "answered": answered, "opened": False}
        return {"began": began, "answered": answered, "opened": True}

    return one


def main(kind: str, ids: dict[str, str]) -> None:
    work = {"round": lambda: lambda order: _fresh(ids, order), "send": lambda: _send(ids),
            "revoke": lambda: _revoke(ids)}[kind]()  # fmt: skip
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(work(json.loads(line))), flush=True)


if __name__ == "__main__":
    start_django(migrate=sys.argv[1] == "prepare")
    if sys.argv[1] == "prepare":
        print(json.dumps(_prepare()))
    else:
        main(sys.argv[1], json.loads(sys.argv[2]))
