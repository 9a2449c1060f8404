"""Asking without a name, in the demo: an inquiry to three listings, and a need post with an answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from warmhandoff.core import jobs
from warmhandoff.demo.calendar import ZONE
from warmhandoff.referrals import asking, inquiries, posting
from warmhandoff.referrals.inquiring import NewInquiry, inquire
from warmhandoff.referrals.inquiry_answers import InquiryAnswer, log_inquiry_answer

if TYPE_CHECKING:
    from warmhandoff.demo.story import Step, Story, Verb


def _inquire(story: Story, step: Step, now: datetime) -> None:
    """Ask the best so many, with her words of consent."""
    found = asking.find_options(story.staff, story.id, now=now)
    ids = [one.id for one in found.options] + [one.id for one in found.possibles]
    new = NewInquiry(
        inquiries.drafted(story.staff, story.id), ids[: int(step.how[0])], now.astimezone(ZONE).date(),
        consent_words=step.words,
    )
    inquire(story.staff, story.id, new, now=now)
    jobs.run_due(now)


def _has_room(story: Story, step: Step, now: datetime) -> None:
    """One of those asked calls back: there is room."""
    asked = inquiries.inquiries_of(story.staff, story.id, now=now)[0].asked[int(step.how[0]) - 1]
    log_inquiry_answer(story.staff, story.id, asked.id, InquiryAnswer("yes", openings=step.words), now=now)


def _post(story: Story, step: Step, now: datetime) -> None:
    """The text for a listserv, as the product drafts it."""
    posting.write(story.staff, story.id, posting.drafted(story.staff, story.id), now=now)


def _reply(story: Story, step: Step, now: datetime) -> None:
    """A colleague who read it answers on its page."""
    post = posting.posts_of(story.staff, story.id, now=now)[0]
    said = posting.Reply(" ".join(step.how), phone="512-555-0177", openings=step.words)
    posting.reply(post.id, said, now=now, address="192.0.2.20")


ASKING: dict[str, Verb] = {"inquire": _inquire, "has_room": _has_room, "post": _post, "reply": _reply}
