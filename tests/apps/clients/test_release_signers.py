"""Who signs: everyone whom it is about, by a right that is told, and of minors whoever the rule names (R-14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.apps.clients.releases import MOTHER, PAPER, asked, born, drafted, signed
from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from warmhandoff.clients import caring, inviting, minors, releasing
from warmhandoff.clients.models import MinorConsent, PortalKey, Release, ReleaseSigner
from warmhandoff.clients.queries import releases_of
from warmhandoff.referrals.telling import tell_client
from warmhandoff.rules.refusals import BadInput, NotAllowed, NotNow, NotThere
from warmhandoff.rules.signers import NO_CONSENT


def _under_age(cast: Cast, state: str = "", *, born_on: str = "2011-01-05") -> None:
    """Fifteen years old; with the rule of a state switched on."""
    born(cast, born_on)
    cast.practice.state, cast.practice.minor_rules = state or "TX", [state] if state else []
    cast.practice.save()
    cast.client.refresh_from_db()
    cast.client.practice.refresh_from_db()


def _consent(
    cast: Cast, consented: str = "representative", viewers: tuple[str, ...] = ("minor",), now: datetime = NOW
) -> None:
    minors.record_consent(
        cast.actor(), cast.client.pk, consented=consented, viewers=viewers, words="Intake form, signed", now=now
    )


def test_a_couple_is_in_force_only_when_both_have_signed(cast: Cast) -> None:
    release = drafted(cast, others=["Paul Marlowe"])
    first = releasing.sign_release(cast.actor(), release, PAPER, now=NOW)
    assert first.signed_at is None and not asked(cast).allowed
    card = releases_of(cast.client.pk, today=NOW.date())[0]
    assert [one.name for one in card.waits_for] == ["Paul Marlowe"] and card.client_signed and not card.in_force
    her = inviting.client_actor(cast.client)
    caring.record_identity_check(cast.actor(), cast.client.pk, how="photo", now=NOW)
    with pytest.raises(NotNow):
        releasing.sign_release(her, release, releasing.Signature("portal", "R"), now=NOW)
    both = releasing.sign_release(cast.actor(), release, replace(PAPER, name="Paul Marlowe"), now=NOW)
    assert both.signed_at == NOW and both.signed_name.reveal() == f"{PAPER.name}; Paul Marlowe"
    assert asked(cast).allowed


def test_one_signature_counts_once(cast: Cast) -> None:
    release = drafted(cast, others=["Paul Marlowe", "Eve Marlowe"])
    first = ReleaseSigner.objects.get(release=release, order=1)
    releasing.sign_release(cast.actor(), release, replace(PAPER, name="Paul", signer=first.pk), now=NOW)
    with pytest.raises(NotNow):
        releasing.sign_release(cast.actor(), release, replace(PAPER, name="Paul", signer=first.pk), now=NOW)
    assert Release.objects.get().signed_at is None


@pytest.mark.parametrize("kind", ["representative", "agent"])
def test_who_signs_for_her_tells_the_right_and_what_was_seen(cast: Cast, kind: str) -> None:
    release = drafted(cast)
    for lacking in ({"scope": ""}, {"evidence": ""}):
        with pytest.raises(BadInput):
            releasing.sign_release(cast.actor(), release, replace(MOTHER, kind=kind, **lacking), now=NOW)
    assert not ReleaseSigner.objects.exclude(signed_at=None).exists()
    releasing.sign_release(cast.actor(), release, replace(MOTHER, kind=kind), now=NOW)
    assert asked(cast).allowed
    ReleaseSigner.objects.filter(release=release).update(evidence=None)
    assert not asked(cast).allowed


def test_of_a_minor_nothing_leaves_and_no_link_is_made_until_consent_is_recorded(cast: Cast) -> None:
    signed(cast)
    inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    _under_age(cast)
    assert asked(cast).reason == NO_CONSENT
    with pytest.raises(NotNow, match="under 18"):
        inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    with pytest.raises(NotNow, match="under 18"):
        inviting.start_on_device(cast.actor(), cast.client.pk, now=NOW)
    with pytest.raises(BadInput, match="who consented"):
        signed(cast, MOTHER)
    _consent(cast)
    inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    signed(cast, MOTHER)
    assert asked(cast).allowed


def test_a_link_that_is_out_already_opens_nothing_for_a_minor_without_consent(cast: Cast) -> None:
    cast.client.safe_contact = {}
    cast.client.save()
    invited = inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)
    assert invited.link
    token, code = invited.link.partition("#")[2], cast.client.access_code.reveal()
    _under_age(cast)
    with pytest.raises(NotThere):
        inviting.redeem(token, code, now=NOW)
    assert PortalKey.objects.get().used_at is None
    _consent(cast)
    assert inviting.redeem(token, code, now=NOW)[0].client_id == cast.client.pk


def test_the_product_writes_to_no_minor_either_and_goes_on(cast: Cast, tmp_path: Path, settings: Any) -> None:
    settings.SMTP_URL = f"file://{tmp_path}/mail"
    loop = Loop(cast)
    assert tell_client(loop.row, now=NOW) is not None
    _under_age(cast)
    assert tell_client(loop.row, now=NOW) is None
    _consent(cast)
    assert tell_client(loop.row, now=NOW) is not None


def test_nobody_views_her_page_where_nobody_may(cast: Cast) -> None:
    _under_age(cast)
    _consent(cast, viewers=())
    with pytest.raises(NotNow, match="nobody"):
        inviting.invite_client(cast.actor(), cast.client.pk, referral_id=None, now=NOW)


def test_a_rule_that_is_switched_on_lets_her_sign_and_switched_off_does_not(cast: Cast) -> None:
    _under_age(cast, "CA")
    signed(cast)
    assert asked(cast).allowed and ReleaseSigner.objects.get().kind == "minor"
    cast.practice.minor_rules = []
    cast.practice.save()
    assert not asked(cast).allowed
    cast.practice.minor_rules, cast.practice.state = ["CA"], "TX"
    cast.practice.save()
    assert not asked(cast).allowed, "another state's rule is no rule here"


def test_parents_do_not_sign_where_she_consented_herself(cast: Cast) -> None:
    _under_age(cast, "CA")
    with pytest.raises(BadInput, match="she decides"):
        signed(cast, MOTHER)


def test_substance_use_of_a_minor_takes_both_where_no_rule_lets_her_alone(cast: Cast) -> None:
    _under_age(cast)
    _consent(cast, "both")
    more = {"classes": ["substance_use"]}
    with pytest.raises(BadInput, match="[Bb]oth sign"):
        signed(cast, MOTHER, **more)
    release = drafted(cast, others=["Ida Marlowe"], **more)
    releasing.sign_release(cast.actor(), release, replace(PAPER, kind="minor"), now=NOW)
    assert not asked(cast, "substance_use").allowed
    releasing.sign_release(cast.actor(), release, MOTHER, now=NOW)
    assert asked(cast, "substance_use").allowed


def test_two_places_are_not_both_unless_both_signed(cast: Cast) -> None:
    """A friend in the second place does not stand in for the parent."""
    _under_age(cast)
    _consent(cast, "both")
    release = drafted(cast, others=["A Friend"], classes=["substance_use"])
    releasing.sign_release(cast.actor(), release, replace(PAPER, kind="minor"), now=NOW)
    releasing.sign_release(cast.actor(), release, replace(PAPER, name="A Friend"), now=NOW)
    assert not asked(cast, "substance_use").allowed


def test_where_the_law_lets_her_decide_only_she_signs_for_substance_use(cast: Cast) -> None:
    _under_age(cast, "OR")
    _consent(cast)
    with pytest.raises(BadInput, match="[Oo]nly she"):
        signed(cast, MOTHER, classes=["substance_use"])
    signed(cast, classes=["substance_use"])
    assert asked(cast, "substance_use").allowed


def test_on_her_birthday_at_midnight_a_parents_signature_ends(cast: Cast) -> None:
    _under_age(cast, born_on="2008-12-01")
    _consent(cast)
    signed(cast, MOTHER)
    midnight = NOW.replace(month=12, day=1, hour=6, minute=0)  # in Texas
    assert asked(cast, at=midnight - timedelta(seconds=1)).allowed
    decision = asked(cast, at=midnight)
    assert not decision.allowed and "of age now" in decision.reason


@pytest.mark.parametrize(("more", "field"), [
    ({"consented": "aunt"}, "consented"), ({"consented": "minor"}, "consented"), ({"viewers": ("aunt",)}, "viewers"),
    ({"words": " "}, "words"),
])  # fmt: skip
def test_a_consent_that_cannot_be_is_refused(cast: Cast, more: dict[str, object], field: str) -> None:
    _under_age(cast)
    given: dict[str, object] = {"consented": "representative", "viewers": ("minor",), "words": "form", **more}
    with pytest.raises(BadInput) as refused:
        minors.record_consent(cast.actor(), cast.client.pk, now=NOW, **given)  # type: ignore[arg-type]
    assert field in [problem.field for problem in refused.value.problems] and not MinorConsent.objects.exists()


def test_consent_is_recorded_by_those_who_care_for_her_and_for_minors_alone(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        _consent(cast)
    _under_age(cast)
    for part in ("coordinator", "colleague", "outsider"):
        with pytest.raises(NotThere):
            minors.record_consent(cast.actor(part), cast.client.pk, consented="both", viewers=(), words="x", now=NOW)
    _consent(cast)
    _consent(cast, "both", now=NOW + timedelta(minutes=1))
    shown = minors.under_age(cast.actor(), cast.client.pk, now=NOW)
    assert shown and shown.age == 15 and [one.consented for one in shown.history] == ["both", "representative"]
