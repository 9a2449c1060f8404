"""What clients keeps of a client, for her own export."""

from __future__ import annotations

from uuid import UUID

from warmhandoff.clients.models import (
    CareTeam,
    Client,
    EmergencyAccess,
    IdentityCheck,
    LawfulDisclosure,
    MinorConsent,
    PortalKey,
    Release,
    ReleaseRecipient,
    ReleaseSigner,
    ReleaseVersion,
)
from warmhandoff.core.holding import Disclosure, disclosures, part
from warmhandoff.core.queries import exports_of
from warmhandoff.rules.lawful import bases


def _to_herself(client_id: UUID) -> list[Disclosure]:
    return [
        Disclosure(at, "herself", "", ("everything",), "own_request", "right_of_access", required=False)
        for at in exports_of(client_id)
    ]


def _on_a_basis(client_id: UUID) -> list[Disclosure]:
    """What was told on another ground than a release. Without a ground yet, it is listed as if the law asked for it."""
    known = bases()
    return [
        Disclosure(
            row.disclosed_at, row.recipient.reveal(), "", tuple(row.classes), row.able.reveal(), row.basis,
            required=row.basis not in known or known[row.basis].accounted, way=row.way,
            # On her own page only once she was told, or a reviewer found no reason why she should not be.
            told=row.told_at is not None or (row.reviewed_at is not None and not row.untold_why.reveal()),
        )
        for row in LawfulDisclosure.objects.filter(client_id=client_id).order_by("disclosed_at")
    ]


def register() -> None:
    """The parts in the order in which she reads them."""
    part("You", Client, lambda client: Client.objects.filter(pk=client))
    part("Care team", CareTeam, lambda client: CareTeam.objects.filter(client_id=client)
         .select_related("membership__user").order_by("since"))
    part("Opened in an emergency", EmergencyAccess, lambda client: EmergencyAccess.objects.filter(client_id=client)
         .select_related("membership__user", "reviewed_by__user").order_by("opened_at"))
    part("How we know that it is you", IdentityCheck, lambda client: IdentityCheck.objects.filter(client_id=client)
         .select_related("by__user").order_by("at"))
    part("Links to your page", PortalKey, lambda client: PortalKey.objects.filter(client_id=client)
         .order_by("created_at"))
    part("Releases", Release, lambda client: Release.objects.filter(client_id=client).order_by("drafted_at"))
    part("Recipients of releases", ReleaseRecipient, lambda client: ReleaseRecipient.objects
         .filter(release__client_id=client).order_by("release__drafted_at", "pk"))
    part("Who signed releases", ReleaseSigner, lambda client: ReleaseSigner.objects
         .filter(release__client_id=client).order_by("release__drafted_at", "order"))
    part("Versions of releases", ReleaseVersion, lambda client: ReleaseVersion.objects
         .filter(release__client_id=client).select_related("by__user").order_by("release__drafted_at", "number"))
    part("Consent while under 18", MinorConsent, lambda client: MinorConsent.objects.filter(client_id=client)
         .select_related("recorded_by__user").order_by("at"))
    part("Told without a release", LawfulDisclosure, lambda client: LawfulDisclosure.objects.filter(client_id=client)
         .select_related("by__user", "reviewed_by__user").order_by("disclosed_at"))
    disclosures("herself", _to_herself)
    disclosures("on a lawful basis", _on_a_basis)
