"""The need post: a text for a listserv or a group about the helper sought, and the page where colleagues answer.

The text passes the check (referrals.identifying) or says why it need not. Its link holds a token behind the #; whoever
read the post may answer there, a few times a day. Answers are strangers' words: they reach the directory only when
staff take them over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from warmhandoff.accounts.queries import practice_of
from warmhandoff.accounts.switches import is_on
from warmhandoff.core import limits, restoring, shredding
from warmhandoff.core.links import LinkKind, new_token, row_behind, token_hash
from warmhandoff.directory import listing as listings
from warmhandoff.directory.fields import checked as checked_facts
from warmhandoff.referrals import asking
from warmhandoff.referrals.identifying import checked
from warmhandoff.referrals.inquiring import locked_row
from warmhandoff.referrals.models import NeedPost, PostReply
from warmhandoff.referrals.moving import Made, move
from warmhandoff.referrals.queries import referral_row
from warmhandoff.rules.access import Actor
from warmhandoff.rules.inquiry import LONGEST_POST, POST_LIFE, draft_post
from warmhandoff.rules.refusals import BadInput, NotNow, NotThere, Problem, TooMany

_UNKNOWN = "This link is not known, or the post is closed."
_LINK = LinkKind("need_post", "post_link", _UNKNOWN)
REPLIES_A_DAY, FROM_ONE_ADDRESS = 40, 6
LONGEST = {"name": 120, "practice": 200, "phone": 60, "email": 254, "openings": 300, "words": 1000}


def drafted(actor: Actor, referral_id: UUID) -> str:
    """The text of a post, drafted from the need alone."""
    referral, practice = referral_row(actor, referral_id), practice_of(actor)
    return draft_post(referral.need.reveal() or {}, home=practice.zip, least=practice.share_at_least)


def link_of(token: str) -> str:
    return f"{settings.BASE_URL}/i/post/#{token}" if token else ""


def write(
    actor: Actor, referral_id: UUID, text: str, *, now: datetime, why: str = "", life: timedelta = POST_LIFE
) -> UUID:
    """Write a need post and make its link. Returns its id.

    Refuses (BadInput) a text that does not pass without a reason and an impossible time, (NotNow) where the practice
    does not use need posts or the referral is closed, and (NotThere) strangers.
    """
    practice = practice_of(actor)
    if not is_on(practice.pk, "need_posts"):
        raise NotNow("Your practice has switched need posts off.")
    if not timedelta(days=1) <= life <= LONGEST_POST:
        raise BadInput(Problem(f"from 1 to {LONGEST_POST.days} days", field="days"))
    with transaction.atomic():
        referral = locked_row(actor, referral_id)
        kept, token = checked(referral, text, why, own=actor.name), new_token()
        post = NeedPost.objects.create(
            practice=practice, referral=referral, by_id=actor.member, text=text.strip(), checked=kept,
            token_hash=token_hash("need_post", token), token=token, posted_at=now, expires_at=now + life,
        )  # fmt: skip
        made = Made(facts={"post": str(post.pk), "why": kept["why"]})
        move(referral, "post_need", made, actor=actor, now=now)
    return post.pk


def close(actor: Actor, referral_id: UUID, post_id: UUID, *, now: datetime) -> None:
    """Close a post: its link says so, and nobody can answer any more. What was answered stays."""
    with transaction.atomic():
        referral = locked_row(actor, referral_id)
        rows = NeedPost.objects.filter(pk=post_id, referral=referral, closed_at=None)
        if not rows.exists():
            raise NotThere(subject=post_id)
        rows.update(closed_at=now, token_hash=None, token=None)
        if referral.state != "closed":
            move(referral, "close_post", Made(facts={"post": str(post_id)}), actor=actor, now=now)


def open_post(token: str, *, now: datetime, address: str = "") -> UUID:
    """The post behind a link; TooMany after many wrong ones, NotThere for one unknown, closed or past its time."""
    rows = NeedPost.objects.filter(closed_at=None, expires_at__gt=now)
    return row_behind(_LINK, rows, token, now=now, address=address).pk


@dataclass(frozen=True)
class PostPage:
    """What the link shows: the text as it was posted, and who posted it."""

    practice: str
    by: str
    text: str
    expires_at: datetime


def _live(post_id: UUID, now: datetime) -> NeedPost:
    rows = NeedPost.objects.select_related("practice", "by__user", "referral")
    row = rows.filter(pk=post_id, closed_at=None, expires_at__gt=now).first()
    if row is None or row.referral.state == "closed":
        raise NotThere(_UNKNOWN)
    return row


def post_page(post_id: UUID, *, now: datetime) -> PostPage:
    """The page of a post. NotThere once it is closed, past its time, or its referral is closed."""
    row = _live(post_id, now)
    return PostPage(row.practice.name, row.by.user.name, row.text.reveal(), row.expires_at)


@dataclass(frozen=True)
class Reply:
    """What a colleague says: who she is, how to reach her, and when she could see someone."""

    name: str
    practice: str = ""
    phone: str = ""
    email: str = ""
    openings: str = ""
    words: str = ""


def reply(post_id: UUID, said: Reply, *, now: datetime, address: str = "") -> None:
    """A colleague answers. Refuses (BadInput) an answer without name or way to reach her, (TooMany) a flood."""
    row = _live(post_id, now)
    given = {name: value.strip() for name, value in vars(said).items() if value.strip()}
    problems = [Problem(f"is longer than {LONGEST[name]} characters", field=name)
                for name, value in given.items() if len(value) > LONGEST[name]]  # fmt: skip
    if "name" not in given:
        problems.append(Problem("who are you?", field="name"))
    if not given.keys() & {"phone", "email"}:
        problems.append(Problem("leave a telephone number or an e-mail address", field="phone"))
    if problems:
        raise BadInput(*problems)
    checked_facts({"email": given.get("email")})
    _spend(row.pk, address, now)
    PostReply.objects.create(practice_id=row.practice_id, post=row, said=given, at=now)


def _spend(post_id: UUID, address: str, now: datetime) -> None:
    day = timedelta(days=1)
    try:
        if address:
            limits.spend("post_reply_from", address, most=FROM_ONE_ADDRESS, span=day, now=now)
        limits.spend("post_reply", str(post_id), most=REPLIES_A_DAY, span=day, now=now)
    except TooMany as refusal:
        raise TooMany("This page was answered very often today. Please try again tomorrow.") from refusal


@dataclass(frozen=True)
class ReplyLine:
    id: UUID
    said: dict[str, str]
    at: datetime
    listing_id: int | None
    set_aside: bool


@dataclass(frozen=True)
class PostLine:
    """A post as staff see it. `link`: to paste under the text, while it opens something."""

    id: UUID
    text: str
    by: str
    link: str
    checked: dict[str, Any]
    posted_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    live: bool
    replies: tuple[ReplyLine, ...]

    @property
    def to_paste(self) -> str:
        return f"{self.text}\n\nPlease answer here: {self.link}" if self.link else self.text


def posts_of(actor: Actor, referral_id: UUID, *, now: datetime) -> list[PostLine]:
    """The posts of a referral with their answers, newest first. NotThere for strangers."""
    referral = referral_row(actor, referral_id)
    replies: dict[UUID, list[ReplyLine]] = {}
    for one in PostReply.objects.filter(post__referral=referral).order_by("-at"):
        line = ReplyLine(one.pk, one.said.reveal() or {}, one.at, one.listing_id, one.set_aside_at is not None)
        replies.setdefault(one.post_id, []).append(line)
    rows = NeedPost.objects.filter(referral=referral).select_related("by__user").order_by("-posted_at")
    return [_line(row, replies.get(row.pk, []), now, closed=referral.state == "closed") for row in rows]


def _line(row: NeedPost, replies: list[ReplyLine], now: datetime, *, closed: bool) -> PostLine:
    live = row.closed_at is None and row.expires_at > now and not closed
    return PostLine(
        id=row.pk, text=row.text.reveal(), by=row.by.user.name, link=link_of(row.token.reveal()) if live else "",
        checked=row.checked.reveal() or {}, posted_at=row.posted_at, expires_at=row.expires_at,
        closed_at=row.closed_at, live=live, replies=tuple(replies),
    )  # fmt: skip


def _reply(actor: Actor, referral_id: UUID, reply_id: UUID) -> PostReply:
    referral = referral_row(actor, referral_id, "send")
    rows = PostReply.objects.select_related("post__referral").filter(pk=reply_id, post__referral=referral)
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        raise NotThere(subject=reply_id)
    return row


def take_over(actor: Actor, referral_id: UUID, reply_id: UUID, *, now: datetime) -> int:
    """Put the colleague of an answer into the practice's own network, with what she said; the listing's id.

    Doing it twice gives the same listing. Refuses whoever may not change the network (NotAllowed).
    """
    with transaction.atomic():
        row = _reply(actor, referral_id, reply_id)
        if row.listing_id is None:
            said, need = row.said.reveal() or {}, row.post.referral.need.reveal() or {}
            about = "; ".join(filter(None, (said.get("practice"), said.get("words"))))
            facts = {
                "name": said["name"], "kind": need.get("kind") or "therapist", "phone": said.get("phone"),
                "email": said.get("email"), "about": about[:2000],
                "accepting": "open" if said.get("openings") else None,
            }  # fmt: skip
            row.listing_id = listings.enter(actor, facts, now=now, verified=True, relationship="heard_of")
            row.save(update_fields=["listing"])
    return row.listing_id


def offer(actor: Actor, referral_id: UUID, reply_id: UUID, *, now: datetime) -> int:
    """Take her over, and add her to the options offered. Refuses as `asking.offer` does, also her alone."""
    listing_id = take_over(actor, referral_id, reply_id, now=now)
    referral = referral_row(actor, referral_id, "change")
    others = referral.options.filter(dropped_at=None, tried="").exclude(listing_id=listing_id).order_by("order")
    asking.offer(actor, referral_id, [*others.values_list("listing_id", flat=True), listing_id], now=now)
    return listing_id


def set_aside(actor: Actor, referral_id: UUID, reply_id: UUID, *, now: datetime) -> None:
    """This answer is of no use: it is folded away, and kept."""
    with transaction.atomic():
        row = _reply(actor, referral_id, reply_id)
        row.set_aside_at = now
        row.save(update_fields=["set_aside_at"])


@restoring.fence("need post")
def end_posts(now: datetime) -> list[str]:
    """After a restore: a post may have been closed since the backup, so every link ends."""
    rows = NeedPost.objects.filter(Q(token_hash__isnull=False) | Q(token__isnull=False))
    rows.update(token_hash=None, token=None, closed_at=now)
    return []


@shredding.ends("links of need posts")
def end_posts_of(practice_id: UUID, now: datetime) -> int:
    """When a practice is shredded, its links end."""
    return NeedPost.objects.filter(practice_id=practice_id, token_hash__isnull=False).update(
        token_hash=None, token=None, closed_at=now
    )
