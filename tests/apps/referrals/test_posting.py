"""The need post by its actions: the check against her record, answers through the link, and what becomes of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.apps.referrals.loop import Loop
from tests.cast import NOW, Cast
from warmhandoff.directory.queries import listing_name
from warmhandoff.referrals import posting
from warmhandoff.referrals.identifying import check_text
from warmhandoff.referrals.models import NeedPost, Option, PostReply
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, TooMany

SAID = posting.Reply("Dr. Ines Falk", phone="512-555-0177", openings="Mondays", words="EMDR, takes Aetna")


def written(cast: Cast, **more: Any) -> tuple[Loop, NeedPost]:
    loop = Loop(cast)
    text = more.pop("text", posting.drafted(cast.actor(), loop.id))
    return loop, NeedPost.objects.get(pk=posting.write(cast.actor(), loop.id, text, now=NOW, **more))


def test_a_post_is_written_answered_and_taken_over(cast: Cast) -> None:
    loop, post = written(cast)
    assert "Rosalind" not in post.text.reveal() and "trauma" in post.text.reveal()
    found = posting.open_post(post.token.reveal(), now=NOW)
    page = posting.post_page(found, now=NOW)
    assert page.practice == cast.practice.name and page.text == post.text.reveal()
    posting.reply(found, SAID, now=NOW, address="192.0.2.1")
    line = posting.posts_of(cast.actor(), loop.id, now=NOW)[0].replies[0]
    listing_id = posting.take_over(cast.actor(), loop.id, line.id, now=NOW)
    assert listing_id == posting.take_over(cast.actor(), loop.id, line.id, now=NOW)
    assert listing_name(listing_id) == "Dr. Ines Falk"
    loop.offer()
    posting.offer(cast.actor(), loop.id, line.id, now=NOW)
    assert Option.objects.filter(referral=loop.row, dropped_at=None).count() == 4
    posting.set_aside(cast.actor(), loop.id, line.id, now=NOW)
    assert posting.posts_of(cast.actor(), loop.id, now=NOW)[0].replies[0].set_aside


def test_offering_a_reply_alone_needs_a_reason(cast: Cast) -> None:
    loop, post = written(cast)
    posting.reply(post.pk, SAID, now=NOW)
    with pytest.raises(BadInput, match="single option"):
        posting.offer(cast.actor(), loop.id, PostReply.objects.get().pk, now=NOW)


def test_the_check_knows_her_record(cast: Cast) -> None:
    loop = Loop(cast)
    row = loop.row
    row.background = "She trusts her neighbour Quillon. Met him at Brightwater."
    row.save()

    def kinds(text: str) -> set[str]:
        return {one.kind for one in check_text(cast.actor(), loop.id, text).found}

    assert kinds("a therapist for rosalind") == {"record"}
    assert kinds("a therapist who knows MARLOWE") == {"record"}
    assert kinds("someone like Quillon") == {"record"} and kinds("near Brightwater") == {"record"}
    assert kinds("call 512-555-0142") == {"record"} and kinds("call 512-555-0199") == {"contact"}
    assert kinds(f"call us, {cast.practice.name}, {cast.practice.phone}") == set(), "our own number names nobody"
    with pytest.raises(NotThere):
        check_text(cast.actor("outsider"), loop.id, "a therapist")


def test_too_few_who_share_it_are_told_and_which_fact_to_drop(cast: Cast) -> None:
    check = check_text(cast.actor(), Loop(cast).id, "A therapist for a teenager with OCD near 78704")
    assert check.too_few and not check.found
    assert check.estimate.k < 20 <= check.estimate.drops[0].k
    assert {drop.fact.words for drop in check.estimate.drops} == {"teenager", "OCD", "78704"}


def test_a_post_ends(cast: Cast) -> None:
    loop, post = written(cast, life=timedelta(days=2))
    token = post.token.reveal()
    with pytest.raises(NotThere):
        posting.open_post(token, now=NOW + timedelta(days=2))
    posting.close(cast.actor(), loop.id, post.pk, now=NOW)
    for attempt in (lambda: posting.open_post(token, now=NOW), lambda: posting.reply(post.pk, SAID, now=NOW),
                    lambda: posting.close(cast.actor(), loop.id, post.pk, now=NOW)):  # fmt: skip
        with pytest.raises(NotThere):
            attempt()
    assert not PostReply.objects.exists()


def test_a_flood_of_answers_stops_by_address_and_by_post(cast: Cast) -> None:
    _, post = written(cast)
    for _ in range(posting.FROM_ONE_ADDRESS):
        posting.reply(post.pk, SAID, now=NOW, address="192.0.2.1")
    with pytest.raises(TooMany):
        posting.reply(post.pk, SAID, now=NOW, address="192.0.2.1")
    for number in range(posting.REPLIES_A_DAY - posting.FROM_ONE_ADDRESS):
        posting.reply(post.pk, SAID, now=NOW, address=f"192.0.2.{number + 2}")
    with pytest.raises(TooMany):
        posting.reply(post.pk, SAID, now=NOW, address="192.0.2.250")
    assert PostReply.objects.count() == posting.REPLIES_A_DAY


@pytest.mark.parametrize(("said", "field"), [
    (posting.Reply("", phone="1"), "name"), (posting.Reply("A"), "phone"),
    (posting.Reply("A", email="no address"), "email"), (posting.Reply("A" * 121, phone="1"), "name"),
])
def test_an_answer_says_who_and_how(cast: Cast, said: posting.Reply, field: str) -> None:
    _, post = written(cast)
    with pytest.raises(BadInput) as refused:
        posting.reply(post.pk, said, now=NOW)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_strangers_and_the_switch(cast: Cast) -> None:
    loop, post = written(cast)
    posting.reply(post.pk, SAID, now=NOW)
    reply = PostReply.objects.get().pk
    for part in ("outsider", "colleague"):
        for attempt in (
            lambda actor: posting.write(actor, loop.id, "A therapist", now=NOW),
            lambda actor: posting.close(actor, loop.id, post.pk, now=NOW),
            lambda actor: posting.take_over(actor, loop.id, reply, now=NOW),
            lambda actor: posting.posts_of(actor, loop.id, now=NOW),
        ):
            with pytest.raises(NotThere):
                attempt(cast.actor(part))
    cast.uses(need_posts=False)
    with pytest.raises(NotNow, match="switched"):
        posting.write(cast.actor(), loop.id, "A therapist", now=NOW)
