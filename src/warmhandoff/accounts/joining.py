"""How people come to have accounts: the first one-time link, invitations, and the practice they make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from warmhandoff.accounts import sessions
from warmhandoff.accounts.models import Invitation, Membership, Practice, User
from warmhandoff.accounts.passwords import check_new_password
from warmhandoff.accounts.queries import actor_of_membership
from warmhandoff.core import audit, limits
from warmhandoff.core.links import new_token, token_hash
from warmhandoff.core.sealing import create_practice_key
from warmhandoff.rules.access import ROLES, Actor
from warmhandoff.rules.places import place_of_zip
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotThere, Problem, Stale

FIRST_LINK_LIFE = timedelta(hours=24)
INVITATION_LIFE = timedelta(days=7)


@dataclass(frozen=True)
class NewPractice:
    """What is asked of a practice at its start. `zip` gives state and place; `time_zone` is an IANA name."""

    name: str
    zip: str = ""
    time_zone: str = "America/Chicago"
    phone: str = ""


@dataclass(frozen=True)
class NewAccount:
    """An account to be. Without a password (None) nobody can sign in with it until one is set by a reset."""

    email: str
    name: str
    password: str | None
    credentials: str = ""


def first_link(*, now: datetime) -> str | None:
    """A one-time token for the first account of the server, or None once there is one. A new link ends older ones."""
    with transaction.atomic():
        if User.objects.exists():
            return None
        Invitation.objects.filter(used_at=None).delete()  # without an account there are no others than first links
        return _invite(None, "", list(ROLES), now=now, life=FIRST_LINK_LIFE)


def invite(actor: Actor, *, email: str, roles: list[str], now: datetime) -> str:
    """A one-time token that lets a colleague join the actor's practice. Refused without the right to policy."""
    if "policy" not in actor.verbs("practice"):
        raise NotAllowed("Only an administrator of the practice can invite colleagues.")
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise BadInput(Problem("choose at least one known role", field="roles"))
    practice = Practice.objects.get(pk=actor.practice_id)
    with transaction.atomic():
        token = _invite(practice, email, roles, now=now, life=INVITATION_LIFE)
        audit.record(actor, "invite", "membership", now=now)
    return token


def _invite(practice: Practice | None, email: str, roles: list[str], *, now: datetime, life: timedelta) -> str:
    token = new_token()
    email = email.strip()
    Invitation.objects.create(
        practice=practice, email=email.lower(), roles=roles, token_hash=token_hash("invitation", token),
        created_at=now, expires_at=now + life,
    )
    return token


def end_invitation(actor: Actor, invitation_id: UUID, *, now: datetime) -> Invitation:
    """End an open link to join. NotThere for one that is not open here; NotAllowed without the right to policy."""
    with transaction.atomic():
        open_ones = Invitation.objects.filter(practice_id=actor.practice_id, used_at=None, expires_at__gt=now)
        row = open_ones.filter(pk=invitation_id).first()
        if row is None:
            raise NotThere(subject=invitation_id)
        if "policy" not in actor.verbs("practice"):
            raise NotAllowed("Only an administrator of the practice can end an invitation.")
        if not open_ones.filter(pk=row.pk).update(expires_at=now):
            raise Stale(subject=row.pk)
        audit.record(actor, "end_invitation", "membership", now=now)
    return row


def invite_again(actor: Actor, invitation_id: UUID, *, now: datetime) -> str:
    """A new link in place of an open one, for the same address and roles; the old one ends. Refused as `invite`."""
    with transaction.atomic():
        row = end_invitation(actor, invitation_id, now=now)
        return invite(actor, email=row.email, roles=row.roles, now=now)


def invitation_of(token: str, *, now: datetime, address: str = "") -> Invitation:
    """The invitation a token opens. Used, expired and unknown ones look the same (NotThere), and are counted."""
    link = token_hash("invitation", token)
    limits.check("invitation", link, now=now, address=address)
    found = Invitation.objects.filter(token_hash=link, used_at=None, expires_at__gt=now).first()
    if found is None:
        limits.failed("invitation", link, now=now, address=address)
        raise NotThere("This link has been used, has ended, or never was one. Ask for a new one.")
    limits.succeeded("invitation", link, address=address)
    return found


def accept_invitation(
    token: str, account: NewAccount, practice: NewPractice | None, *, now: datetime, address: str = ""
) -> Membership:
    """Use the invitation once: make the account, and for the first link the practice too."""
    invitation = invitation_of(token, now=now, address=address)  # a wrong one stays counted: nothing takes it back
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=now):
            raise Stale
        home = invitation.practice
        if home is None:
            if practice is None:
                raise BadInput(Problem("name the practice", field="practice_name"))
            home = create_practice(practice, now=now)
        former = _former(home, account, invitation)
        if former is not None:
            return _come_back(former, account, invitation.roles, now=now)
        return add_member(home, account, invitation.roles, now=now)


def _former(practice: Practice, account: NewAccount, invitation: Invitation) -> Membership | None:
    """The ended membership of who comes back: invited by this very address, and at home nowhere else meanwhile."""
    email = account.email.strip().lower()
    if not email or invitation.email != email:
        return None
    hers = Membership.objects.select_related("user").filter(user__email=email, user__is_active=True)
    if hers.filter(left_at=None).exists():
        return None
    return hers.filter(practice=practice).first()


def _come_back(former: Membership, account: NewAccount, roles: list[str], *, now: datetime) -> Membership:
    """The same account again, with a new password: what was signed in before she left stays signed out."""
    user = former.user
    user.name = account.name.strip() or user.name
    if account.password is not None:
        check_new_password(account.password, user)
    user.set_password(account.password)
    user.save(update_fields=["name", "password"])
    former.roles, former.credentials, former.supervisor = list(roles), account.credentials, None
    former.joined_at, former.left_at = now, None
    former.save(update_fields=["roles", "credentials", "supervisor", "joined_at", "left_at"])
    audit.record(actor_of_membership(former), "come_back", "membership", former.pk, now=now)
    return former


def create_practice(new: NewPractice, *, now: datetime) -> Practice:
    """Make a practice and its data key. Refused where the name is empty or the ZIP is not known."""
    if not new.name.strip():
        raise BadInput(Problem("name the practice", field="practice_name"))
    place = place_of_zip(new.zip) if new.zip else None
    if new.zip and place is None:
        raise BadInput(Problem(f"no ZIP code {new.zip} is known", field="zip"))
    base = slugify(new.name)[:60] or "practice"
    taken = set(Practice.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug = next(s for n in range(len(taken) + 1) if (s := base if n == 0 else f"{base}-{n + 1}") not in taken)
    practice = Practice.objects.create(
        name=new.name.strip(), slug=slug, zip=new.zip, state=place.state if place else "", time_zone=new.time_zone,
        phone=new.phone, created_at=now,
    )
    create_practice_key(practice.pk)
    return practice


def add_member(practice: Practice, account: NewAccount, roles: list[str], *, now: datetime) -> Membership:
    """Make a user and the membership. A password is checked against length, blocklist and likeness."""
    user = User(email=account.email.strip().lower(), name=account.name.strip())
    if account.password is not None:
        check_new_password(account.password, user, practice.name)
    user.set_password(account.password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise BadInput(Problem("this address has an account already", field="email")) from error
    membership = Membership.objects.create(
        practice=practice, user=user, roles=list(roles), credentials=account.credentials, joined_at=now
    )
    audit.record(actor_of_membership(membership), "join", "membership", membership.pk, now=now)
    return membership


def invite_from_terminal(slug: str, email: str, roles: list[str], *, now: datetime) -> str:
    """As `invite`, by the operator of the server. NotThere for an unknown practice."""
    practice = Practice.objects.filter(slug=slug).first()
    if practice is None:
        raise NotThere(f"No practice is called {slug!r} here.")
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise BadInput(Problem(f"unknown role {unknown[0]!r}; there are {', '.join(ROLES)}", field="role"))
    with transaction.atomic():
        return _invite(practice, email, roles, now=now, life=INVITATION_LIFE)


def reset_password(account: NewAccount, *, now: datetime) -> None:
    """Give an account a new password; its sessions end at once."""
    user = User.objects.filter(email=account.email.strip().lower()).first()
    if user is None:
        raise NotThere("No account has this address.")
    if account.password is None:
        raise BadInput(Problem("is needed", field="password"))
    check_new_password(account.password, user)
    with transaction.atomic():
        user.set_password(account.password)
        user.save(update_fields=["password"])
        sessions.end_all(user.pk, now=now)
    limits.forget("sign_in", user.email)  # whoever had to ask for a new password may use it at once
