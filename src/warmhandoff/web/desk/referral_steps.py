"""From the state of a referral to the page of its next step, and to the quieter ones."""

from __future__ import annotations

from dataclasses import dataclass

from warmhandoff.referrals.queries import OptionLine, ReferralPage
from warmhandoff.rules.inquiry import STEPS as INQUIRY_STEPS
from warmhandoff.rules.lifecycle import ARCS, STATES


@dataclass(frozen=True)
class Step:
    """A link to a page of the referral: the name of its address, and what stands on the button."""

    url: str
    label: str


_OPTIONS = Step("referral_options", "Find and offer options")
BEFORE = Step("referral_before", "First, before options")
_CHOICE = Step("referral_choice", "Write down what she chose")
_ANSWER = Step("referral_answer", "Write down their answer")
MAIN: dict[str, Step] = {
    "needed": _OPTIONS,
    "offered": _CHOICE,
    "undecided": Step("referral_talk", "Talk it over"),
    "chosen": Step("referral_release", "Prepare the release"),
    "released": Step("referral_packet", "Preview the packet"),
    "queued": Step("referral", "Look again"),
    "sent": _ANSWER,
    "asked": Step("referral_question", "Answer the question"),
    "silent": _ANSWER,
    "declined": _CHOICE,
    "waitlisted": _ANSWER,
    "accepted": Step("referral_book", "Book the first session"),
    "taken": Step("referral_attendance", "Write down how it went"),
    "booked": Step("referral_attendance", "Did she attend?"),
    "missed": Step("referral_talk", "Ask what got in the way"),
    "attended": Step("referral_check_in", "Log a check-in"),
    "mismatched": Step("referral_find_more", "Look for someone who fits better"),
    "settled": Step("referral_close", "Close the loop"),
}
# What stands in where the practice switched the usual step off.
INSTEAD: dict[str, Step] = {
    "undecided": _OPTIONS,
    "missed": Step("referral_find_more", "Look for more options"),
    "attended": Step("referral_close", "Close the loop"),
}
PAGES: dict[str, Step] = {
    "offer": Step("referral_options", "Options"),
    "choose": Step("referral_choice", "What she said"),
    "choose_next": Step("referral_choice", "She chooses another option"),
    "take_list": Step("referral_choice", "What she said"),
    "sign_release": Step("referral_release", "Release"),
    "send": Step("referral_packet", "Packet"),
    "go_on": Step("referral_go_on", "Go on to the next option"),
    "accept": Step("referral_answer", "Write down their answer"),
    "answer_question": Step("referral_question", "Answer the question"),
    "book": Step("referral_book", "Book a session"),
    "tell_attended": Step("referral_attendance", "Attendance"),
    "tell_missed": Step("referral_attendance", "Attendance"),
    "confirm_attendance": Step("referral_attendance", "Attendance"),
    "check_in_well": Step("referral_check_in", "Check-in"),
    "check_in_waiting": Step("referral_waiting", "Log how she is while she waits"),
    "find_more": Step("referral_find_more", "Look for more options"),
    "change_need": Step("referral_need", "Change the need"),
    "talk": Step("referral_talk", "Log a conversation"),
    "put_off": Step("referral_put_off", "Set another date"),
    "hand_to": Step("referral_hand_to", "Hand to a colleague"),
    "revoke_release": Step("referral_revoke", "Take back the release"),
    "close": Step("referral_close", "Close the loop"),
    "end": Step("referral_close", "End without a first session"),
    "reopen": Step("referral_reopen", "Reopen"),
}


# The moves that finish a stretch of the loop.
_FINISHES = {
    "record_need": 0, "choose": 1, "choose_next": 1, "take_list": 1, "hand_over": 2, "hand_over_on_paper": 2,
    "go_on_on_paper": 2, "accept": 3, "tell_attended": 4, "close": 5, "end": 5,
}


def next_choice(page: ReferralPage) -> OptionLine | None:
    """Her first choice among those not tried yet."""
    ranked = [option for option in page.options if option.client_rank is not None and not option.tried]
    return min(ranked, key=lambda option: option.client_rank or 0, default=None)


def main_step(page: ReferralPage) -> Step | None:
    """The one main button; None where the step is not this actor's to do, or the loop is closed."""
    state = page.line.state
    if page.line.next_step in INQUIRY_STEPS:
        return Step("referral_inquiries", "See who has room")
    step = MAIN.get(state)
    if state in ("silent", "declined"):
        step = _after_no_answer(page)
    if step is None or step.url == "referral":
        return step
    allowed = {found.url for found in _allowed(page)}
    other = INSTEAD.get(state, step)
    return step if step.url in allowed else other if other.url in allowed else None


def _after_no_answer(page: ReferralPage) -> Step:
    if page.go_on_agreed and next_choice(page):
        return PAGES["go_on"]
    if page.line.state == "silent":
        return _ANSWER
    untried = any(not option.tried for option in page.options)
    return Step("referral_choice", "Write down her next choice") if untried else _OPTIONS


def _allowed(page: ReferralPage) -> list[Step]:
    return [PAGES[move.code] for move in page.moves if move.code in PAGES]


def other_steps(page: ReferralPage) -> list[Step]:
    """What else can be done now, each page once and in the order of the table."""
    main = main_step(page)
    by_page: dict[str, Step] = {}
    allowed = {step.url: step for step in reversed(_allowed(page))}
    for step in PAGES.values():
        if step.url in allowed and (main is None or step.url != main.url):
            by_page.setdefault(step.url, allowed[step.url])
    return list(by_page.values())


def loop(page: ReferralPage) -> list[dict[str, str]]:
    """The six stretches for parts/steps.html."""
    dates = _dates(page)
    drawn = ["later" if state == "" else state for state in page.line.ring]
    return [
        {"label": name, "state": state, "when": dates.get(place, "") if state == "done" else ""}
        for place, (name, state) in enumerate(zip(ARCS, drawn, strict=True))
    ]


def _dates(page: ReferralPage) -> dict[int, str]:
    """The day on which each stretch was last finished: "23 Nov"."""
    return {
        _FINISHES[entry.move]: f"{entry.at.day} {entry.at:%b}" for entry in page.timeline if entry.move in _FINISHES
    }


def explain_state(page: ReferralPage) -> str:
    """One sentence on where things stand."""
    label = STATES[page.line.state].label
    if page.line.state == "silent":
        return "They have not answered in time. A call often helps; nobody is blamed for it."
    if page.line.state == "declined":
        return "They said no. That happens; her other options are still here."
    return f"{label}."
