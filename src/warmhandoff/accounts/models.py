"""Practices (the tenants), users, memberships, the invitations that make them, and what a sign-in takes."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from warmhandoff.core.fields import SealedField


class Practice(models.Model):
    """One solo clinician or an agency of hundreds. Nothing of it is visible to another practice."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    time_zone = models.CharField(max_length=60, default="America/Chicago")
    zip = models.CharField(max_length=5, blank=True)
    state = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    promise_days = models.PositiveSmallIntegerField(default=2)
    # Working hours until someone looks at an urgent referral; none: no urgent queue is staffed, urgent means the phone.
    urgent_hours = models.PositiveSmallIntegerField(null=True)
    notice_days = models.PositiveSmallIntegerField(default=30)
    release_days = models.PositiveSmallIntegerField(default=90)  # a release's usual life
    release_longest_days = models.PositiveSmallIntegerField(default=365)
    part2_programme = models.BooleanField(default=False)  # all its records fall under 42 CFR Part 2
    minor_rules = models.JSONField(default=list)  # states whose rule for minors it has switched on
    # 45 CFR 164.506(c) allows it; a practice decides with its counsel whether it wants that door at all.
    discloses_for_treatment = models.BooleanField(default=False)
    share_at_least = models.PositiveSmallIntegerField(default=20)  # fewer who share what a text tells: a warning
    switches = models.JSONField(default=dict)  # code -> on: what differs from rules.switches
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **more: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid4)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    second_factor_since = models.DateTimeField(null=True)  # None: no factor, and so no client either

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    present: Membership | None = None  # set at the door for the user of a session
    own_words: tuple[str, ...] = ()  # set while a new password is checked

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's place in a practice. `left_at` ends it; the row stays, because the record names it."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    roles = models.JSONField(default=list)
    credentials = models.CharField(max_length=80, blank=True)
    supervisor = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="supervisees")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "user"], name="one_membership_a_practice")]

    def __str__(self) -> str:
        return self.user.name


class Invitation(models.Model):
    """A one-time link that makes an account: the first one of a server, or a colleague's. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, null=True)
    email = models.EmailField(blank=True)
    roles = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ApiClient(models.Model):
    """A program that a practice lets in, with scopes in place of roles. Only the hash of its token is kept.

    `ended_at` ends it for good; a token that ran out or was ended by a restore can be renewed.
    """

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.PROTECT, related_name="api_clients")
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=200)
    scopes = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="api_clients")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class AuthenticatorApp(models.Model):
    """The secret an authenticator app shares with us (RFC 6238). `pending` waits for its first code."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE)  # whose key seals the secret
    user = models.OneToOneField(User, on_delete=models.CASCADE)
    secret = SealedField(privacy="work")
    pending = SealedField(privacy="work")
    last_step = models.BigIntegerField(default=0)  # the newest time step whose code was used: none serves twice
    since = models.DateTimeField(null=True)


class Passkey(models.Model):
    """A WebAuthn credential: only its public part is ever known here."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    credential_id = models.CharField(max_length=1400, unique=True)  # base64url
    credential = models.BinaryField()  # id and public key as WebAuthn writes them
    sign_count = models.BigIntegerField(default=0)
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """One of ten codes on paper; only its keyed hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    code_hash = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)


class SignedIn(models.Model):
    """One signed-in session. Its id lies in the browser's session; the row says whether it still counts."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE)
    roles = models.JSONField(default=list)  # as they were: other roles end the session
    way = models.CharField(max_length=10)  # password, code, recovery or passkey
    browser = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class PracticeText(models.Model):
    """A text of the practice's own, for its staff: its crisis protocol, what its counsel says of duties."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="texts")
    code = models.CharField(max_length=20)
    text = models.TextField(blank=True)
    reviewed_on = models.DateField(null=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="texts")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["practice", "code"], name="one_text_a_code")]


class CalendarFeed(models.Model):
    """An address at which a member's calendar asks for her joint sessions. Only its hash is kept; one a member."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)


class ApiAnswer(models.Model):
    """What a program was answered to a request with an Idempotency-Key; gone after a day."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    api_client = models.ForeignKey(ApiClient, on_delete=models.CASCADE)
    key = models.CharField(max_length=128)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_client", "key"], name="one_answer_a_key")]
